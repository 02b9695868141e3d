/** The placeholders of an error's words: what the person wrote, and what is right. */
export type ErrorArgs = Readonly<Record<string, string | number>>;
