/** How long a test waits for what it expects, ms: a busy machine takes long, and a wait ends as soon as it is there. */
export const PATIENCE_MS = 20_000;
