/** Names from a database are written by others: what a reader, a terminal or a mail header would obey is made visible. Pure. */

/** Controls, marks that turn the direction of text, characters without width, separators of lines, halves of pairs. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}|\p{Cn}/gu;

/** One line: tab and line ends as a space, other characters that cannot be seen as `mark`. */
export function printable(text: string, mark = "\ufffd"): string {
  return text.replace(/\r\n|[\t\n\r]/g, " ").replace(UNSEEN, mark);
}
