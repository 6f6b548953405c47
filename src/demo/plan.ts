/** How many rows of everything make a sample of the size asked for. */

export interface Plan {
  users: number;
  companies: number;
  contacts: number;
  deals: number;
  invoices: number;
  calls: number;
  notes: number;
  documents: number;
}

/** Measured: what one company and all that hangs on it take in a dump, in bytes. */
const BYTES_A_COMPANY = 8_500;

/** @param bytes wanted size of a plain dump's data, from 10 kB up; kept to within a tenth above 1 MB */
export function planFor(bytes: number): Plan {
  const companies = Math.max(1, Math.round(bytes / BYTES_A_COMPANY));
  return {
    users: 5 + Math.floor(companies / 250),
    companies,
    contacts: companies * 3,
    deals: companies * 2,
    invoices: companies * 4,
    calls: companies * 8,
    notes: companies * 6,
    documents: Math.ceil(companies / 4),
  };
}
