# syntax=docker/dockerfile:1
# This file is checked statically (test/static/deploy.test.ts); the tests build no image.

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The canvas' binary is an optional package and needed; Node itself is one too, and in this image already.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-* node_modules/node-win-*

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
# No build step: Node 24 runs the TypeScript as it is.
COPY src ./src
# Everything above belongs to root and is only read; what is stored lies in Redis (REDIS_URL).
USER node
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.CONSOLE_PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The program itself is process 1 and gets the signals; arguments name roles.
ENTRYPOINT ["node", "src/main.ts"]
