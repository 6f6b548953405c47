import { readFile } from "node:fs/promises";
import t from "tap";
import { Fault } from "../../src/fault.ts";
import { judgeResidency, regionCountry } from "../../src/store/residency.ts";

const judge = (country: string, offsite = true) => {
  try {
    return judgeResidency({ destination: "d", country, offsite });
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
};

t.test("inside the EEA", async (t) => {
  for (const country of ["DE", "RO", "IE", "IS", "LI", "NO", "GR"]) {
    t.equal(judge(country), "within the European Economic Area (GDPR, Article 1(3))", country);
  }
});

t.test("adequate countries, with the decision", async (t) => {
  t.equal(judge("CH"), "adequacy decision 2000/518/EC (GDPR, Article 45)");
  t.equal(judge("BR"), "adequacy decision (EU) 2026/179 (GDPR, Article 45)");
  for (const country of "AD AR CA FO GB GG IL IM JE JP KR NZ UY".split(" ")) t.type(judge(country), "string");
});

t.test("Hungary keeps the copy at home and not the one away from home", async (t) => {
  t.match(judge("HU"), {
    code: "RESIDENCY_REFUSED",
    message: "destination d lies in HU: the off-site copy has to lie outside Hungary",
  });
  t.type(judge("HU", false), "string");
});

t.test("refuses all others", async (t) => {
  for (const country of ["IN", "CN", "RU", "RS", "TR", "SG", "AU", "", "de", "EU", "constructor"]) {
    for (const offsite of [true, false]) {
      t.match(judge(country, offsite), {
        code: "RESIDENCY_REFUSED",
        message: /neither in the .* adequacy decision/,
      });
    }
  }
  t.match(judge("US"), { code: "RESIDENCY_REFUSED", message: /lies in US: .* only certified companies/ });
});

t.test("knows every region that the SDK knows", async (t) => {
  // The SDK's own table is the oracle; secret partitions (iso) are nobody's off-site copy.
  const table = new URL(
    "../../node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js",
    import.meta.url,
  );
  const regions = [...(await readFile(table, "utf8")).matchAll(/"?([a-z]{2,4}(?:-[a-z]+)+-\d+)"?: \{/g)].map(
    (m) => m[1] ?? "",
  );
  const usual = regions.filter((region) => !region.includes("-iso"));
  t.ok(usual.length > 35, `${usual.length} regions`);
  for (const region of usual) t.match(regionCountry(region), /^[A-Z]{2}$/, region);
  for (const region of ["eu-central-3", "aws-global", "", "constructor"])
    t.equal(regionCountry(region), undefined);
});
