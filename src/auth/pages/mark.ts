/** The mark of the gateway: a padlock. Pure. */
import { trusted } from "../../markup/html.ts";

const SHAPES = `<path d="M10 14v-3.5a6 6 0 0 1 12 0V14" fill="none" stroke="SHACKLE" stroke-width="3" stroke-linecap="round"/><rect x="5" y="13" width="22" height="16" rx="4" fill="BODY"/><path d="M16 18.5a2 2 0 0 1 1.1 3.7l.5 3h-3.2l.5-3a2 2 0 0 1 1.1-3.7z" fill="HOLE"/>`;

/** Beside the organisation's name; its colours are those of the page. */
export const MARK = trusted(
  `<svg class="lock" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">${SHAPES.replace(/ (fill|stroke)="(SHACKLE|BODY|HOLE)"/g, (_, __, name: string) => ` class="${name.toLowerCase()}"`)}</svg>`,
);

/** In the tab of a browser, which may be light or dark. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${SHAPES.replace("SHACKLE", "#c08a2d").replace("BODY", "#0f6a62").replace("HOLE", "#fff")}</svg>`;
