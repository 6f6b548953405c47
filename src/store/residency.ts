/**
 * Where personal data may lie. The off-site copy belongs outside Hungary, so that one event does not take both,
 * and inside the EEA or a country with an adequacy decision (GDPR, Articles 44 and 45).
 */
import { Fault } from "../fault.ts";

/** The lists below were compiled on this day; a country that gained or lost adequacy since needs a new release. */
const COMPILED = "2026-11-23";

const EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(" ");
/** Iceland, Liechtenstein and Norway belong to the European Economic Area beside the Union's 27. */
const EEA = new Set([...EU, "IS", "LI", "NO"]);

/**
 * Adequacy decisions of the European Commission in force on COMPILED, for all private recipients, with the
 * decision's number. The United States are left out on purpose: (EU) 2023/1795 covers only companies certified
 * under the Data Privacy Framework, which a region code does not show.
 */
const ADEQUATE: Readonly<Record<string, string>> = {
  AD: "2010/625/EU",
  AR: "2003/490/EC",
  BR: "(EU) 2026/179",
  CA: "2002/2/EC",
  CH: "2000/518/EC",
  FO: "2010/146/EU",
  GB: "(EU) 2021/1772",
  GG: "2003/821/EC",
  IL: "2011/61/EU",
  IM: "2004/411/EC",
  JE: "2008/393/EC",
  JP: "(EU) 2019/419",
  KR: "(EU) 2022/254",
  NZ: "2013/65/EU",
  UY: "2012/484/EU",
};

/** AWS's commercial regions, the European Sovereign Cloud, China and GovCloud. */
const REGIONS: Readonly<Record<string, string>> = {
  "af-south-1": "ZA",
  "ap-east-1": "HK",
  "ap-east-2": "TW",
  "ap-northeast-1": "JP",
  "ap-northeast-2": "KR",
  "ap-northeast-3": "JP",
  "ap-south-1": "IN",
  "ap-south-2": "IN",
  "ap-southeast-1": "SG",
  "ap-southeast-2": "AU",
  "ap-southeast-3": "ID",
  "ap-southeast-4": "AU",
  "ap-southeast-5": "MY",
  "ap-southeast-6": "NZ",
  "ap-southeast-7": "TH",
  "ca-central-1": "CA",
  "ca-west-1": "CA",
  "cn-north-1": "CN",
  "cn-northwest-1": "CN",
  "eu-central-1": "DE",
  "eu-central-2": "CH",
  "eu-north-1": "SE",
  "eu-south-1": "IT",
  "eu-south-2": "ES",
  "eu-west-1": "IE",
  "eu-west-2": "GB",
  "eu-west-3": "FR",
  "eusc-de-east-1": "DE",
  "il-central-1": "IL",
  "me-central-1": "AE",
  "me-south-1": "BH",
  "me-west-1": "SA",
  "mx-central-1": "MX",
  "sa-east-1": "BR",
  "sa-west-1": "CL",
  "us-east-1": "US",
  "us-east-2": "US",
  "us-gov-east-1": "US",
  "us-gov-west-1": "US",
  "us-west-1": "US",
  "us-west-2": "US",
};

/** The country (ISO 3166-1 alpha-2) of an AWS region; undefined for one that is not known here. */
export function regionCountry(region: string): string | undefined {
  return Object.hasOwn(REGIONS, region) ? REGIONS[region] : undefined;
}

/** A copy and the country it lies in. */
export interface Residence {
  /** The destination's name, for the message. */
  destination: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** False for a copy in the same house, for example a local directory. */
  offsite: boolean;
}

/**
 * The legal basis on which a copy may lie where it does, as the transfer record names it. Throws
 * RESIDENCY_REFUSED naming the country and the rule. A copy that is not off-site may lie in Hungary.
 */
export function judgeResidency({ destination, country, offsite }: Residence): string {
  const refuse = (rule: string, todo: string) =>
    new Fault("RESIDENCY_REFUSED", `destination ${destination} lies in ${country}: ${rule}`, todo);
  if (country === "HU" && offsite) {
    throw refuse(
      "the off-site copy has to lie outside Hungary",
      "Choose a bucket in another country of the European Economic Area.",
    );
  }
  if (EEA.has(country)) return "within the European Economic Area (GDPR, Article 1(3))";
  const decision = Object.hasOwn(ADEQUATE, country) ? ADEQUATE[country] : undefined;
  if (decision !== undefined) return `adequacy decision ${decision} (GDPR, Article 45)`;
  const rule =
    country === "US"
      ? "decision (EU) 2023/1795 covers only certified companies, which nobody here can check"
      : `neither in the European Economic Area nor covered by an adequacy decision (as of ${COMPILED})`;
  throw refuse(rule, "Choose a bucket in the European Economic Area or in an adequate country.");
}
