import t from "tap";
import fc from "fast-check";
import { endOfDay, startOfDay } from "../../src/auth/zoned-time.ts";

t.test("the end of a day where people live", async (t) => {
  const cases: [text: string, zone: string, end: string | undefined][] = [
    ["2026-06-30", "Europe/Budapest", "2026-06-30T22:00:00.000Z"],
    ["2026-12-31", "Europe/Budapest", "2026-12-31T23:00:00.000Z"],
    ["2026-03-28", "Europe/Budapest", "2026-03-28T23:00:00.000Z"],
    ["2026-03-29", "Europe/Budapest", "2026-03-29T22:00:00.000Z"],
    ["2026-10-25", "Europe/Bucharest", "2026-10-25T22:00:00.000Z"],
    ["2028-02-29", "UTC", "2028-03-01T00:00:00.000Z"],
    ["2026-06-30", "America/New_York", "2026-07-01T04:00:00.000Z"],
    // Its clocks change between its own midnight and that of UTC.
    ["2026-10-03", "Australia/Sydney", "2026-10-03T14:00:00.000Z"],
    ["2026-06-30T12:00Z", "Europe/Budapest", "2026-06-30T12:00:00.000Z"],
    ["2026-06-30T12:00+02:00", "UTC", "2026-06-30T10:00:00.000Z"],
    ["2026-02-29", "UTC", undefined],
    ["2026-13-01", "UTC", undefined],
    ["2026-6-30", "UTC", undefined],
    ["30.06.2026", "UTC", undefined],
    ["2026-06-30T12:00", "UTC", undefined],
    ["2026-06-30T25:00Z", "UTC", undefined],
    ["tomorrow", "UTC", undefined],
    ["", "UTC", undefined],
  ];
  for (const [text, zone, end] of cases) t.equal(endOfDay(text, zone)?.toISOString(), end, `${text} ${zone}`);
});

t.test("a day ends where the next begins, and clocks there show midnight", async () => {
  const day = fc.integer({ min: 0, max: 20_000 }).map((n) => new Date(Date.UTC(2000, 0, 1 + n)));
  fc.assert(
    fc.property(day, fc.constantFrom("Europe/Budapest", "Europe/Bucharest", "UTC"), (date, zone) => {
      const text = date.toISOString().slice(0, 10);
      const next = new Date(date.getTime() + 86_400_000).toISOString().slice(0, 10);
      const end = endOfDay(text, zone);
      const clock = new Intl.DateTimeFormat("sv-SE", {
        timeZone: zone,
        dateStyle: "short",
        timeStyle: "medium",
      });
      return (
        end !== undefined &&
        end.getTime() === startOfDay(next, zone)?.getTime() &&
        clock.format(end) === `${next} 00:00:00`
      );
    }),
    { numRuns: 300 },
  );
});
