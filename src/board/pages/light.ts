/** The sign of a light: each has a shape beside its colour, since not everybody tells red from green. Pure. */
import { html, type Html } from "../../markup/html.ts";
import type { Light } from "../board.ts";

const SHAPES: Record<Light, Html> = {
  green: html`<circle class="lit" cx="12" cy="12" r="11" /><path class="cut" d="M7 12.4l3.4 3.4L17 8.8" />`,
  amber: html`<path class="lit" d="M12 1.5L23.2 21.5H.8z" /><path class="cut" d="M12 8.5v6.2M12 18v.2" />`,
  red: html`<path class="lit" d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z" /><path
      class="cut"
      d="M8 8l8 8m0-8l-8 8"
    />`,
};

/** For the eyes alone; the word stands beside it. */
export function lightSign(light: Light): Html {
  return html`<svg class="light ${light}" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[light]}</svg>`;
}

/** All of them, unseen, to be used by the name of their light. */
export function lightShapes(): Html {
  return html`<svg class="shapes" aria-hidden="true">
    ${Object.entries(SHAPES).map(
      ([light, shape]) => html`<symbol id="${light}" viewBox="0 0 24 24">${shape}</symbol>`,
    )}
  </svg>`;
}
