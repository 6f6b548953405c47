/** What somebody types to find an account, as the column `search` of the accounts has it. Pure. */

/** More words than these say nothing more. */
const MOST_WORDS = 8;

/**
 * The words of a search, each as LIKE patterns of which one has to fit: without case and accents and, for a database
 * that keeps accents, with them. Signs of patterns stand for themselves.
 */
export function searchPatterns(typed: string): string[][] {
  const words = typed.normalize("NFKC").split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
  return words.map((word) => {
    const lower = word.toLowerCase();
    const bare = lower
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase();
    return [...new Set([bare, lower])].map((part) => `%${part.replace(/[\\%_]/g, "\\$&")}%`);
  });
}
