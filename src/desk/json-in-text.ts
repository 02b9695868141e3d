/** The first balanced JSON object in a text, be it fenced, or with words around it; undefined where there is none. */
export function extractJson(text: string): unknown {
  for (let start = text.indexOf('{'); start !== -1; start = text.indexOf('{', start + 1)) {
    const end = balancedEnd(text, start);
    // Not closed: cut off, and every later brace is inside it.
    if (end === undefined) return undefined;
    try {
      return JSON.parse(text.slice(start, end));
    } catch {
      // Braces in prose before the object: look on.
    }
  }
  return undefined;
}

/** The index after the brace that closes the one at `start`, strings respected. */
function balancedEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return i + 1;
  }
  return undefined;
}
