/**
 * What a person calls a browser: `Firefox on Windows`. Read off the User-Agent, which anybody may invent: it is for
 * recognising one's own devices in a list, and nothing is ever allowed because of it. Pure.
 */
const BROWSERS: [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bWindows NT\b/, "Windows"],
  [/\bAndroid\b/, "Android"],
  [/\b(iPhone|iPod)\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

export function browserName(userAgent: string): { browser: string; name: string } {
  const browser = BROWSERS.find(([shape]) => shape.test(userAgent))?.[1] ?? "Browser";
  const system = SYSTEMS.find(([shape]) => shape.test(userAgent))?.[1];
  return { browser, name: system === undefined ? browser : `${browser} on ${system}` };
}
