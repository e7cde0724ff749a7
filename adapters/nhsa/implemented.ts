/** What of a transaction is done here, for the table of `docs/nhsa.md`. */
export interface Implementation {
  /** Every input is read and heeded, every output answered, every refusal of the spec given. */
  readonly complete: boolean
  /** The state that it looks at: records, the visit, the ledger. */
  readonly reads: string
  /** What it books or changes. */
  readonly writes: string
  /** What keeps it from being complete. */
  readonly lacks?: string
}

const DESCRIBED: Implementation = {
  complete: true,
  reads: "person, city's `medTypes`, visit",
  writes: 'visit: diagnoses, disease, kind of care, particulars',
}

const DOWNLOADED: Implementation = {
  complete: false,
  reads: "catalogue of the institution's city",
  writes: 'file, once for each version',
  lacks:
    'columns that the catalogue does not hold are `null`; a new version is the whole catalogue, not its changes; drugs of all kinds are in 1301',
}
const NOT_KEPT: Implementation = {
  complete: false,
  reads: '',
  writes: '',
  lacks: 'the catalogue holds nothing of this kind: refused by name',
}
const PAGED: Implementation = {
  complete: false,
  reads: "catalogue of the institution's city",
  writes: '',
  lacks:
    'asked for by code, name, class, kind, restriction, first day and whether in force; `updt_time` and the other fields are not looked at; times and offices are empty',
}

/** By the codes of the spec, 2203A beside 2203. What is not in here is refused by its number. */
export const IMPLEMENTED: Readonly<Record<string, Implementation>> = {
  '1101': {
    complete: false,
    reads: 'credentials, person, account',
    writes: '',
    lacks:
      'names and certificate numbers are not kept, only given back; of a category neither level nor memo is known',
  },
  '2001': {
    complete: false,
    reads: "person, institution, filings, city's `medTypes`, policy",
    writes: '',
    lacks: 'operations and birth control are read and not used; personal accounts are not told of',
  },
  '1201': {
    complete: false,
    reads: 'institution, policy',
    writes: '',
    lacks:
      'the credit code (`uscc`) is not kept; other institutions are found by code, not by name alone',
  },
  '1301': DOWNLOADED,
  '1302': NOT_KEPT,
  '1303': NOT_KEPT,
  '1305': DOWNLOADED,
  '1306': DOWNLOADED,
  '1307': NOT_KEPT,
  '1308': NOT_KEPT,
  '1309': NOT_KEPT,
  '1310': NOT_KEPT,
  '1311': NOT_KEPT,
  '1312': PAGED,
  '1313': NOT_KEPT,
  '1314': NOT_KEPT,
  '1315': NOT_KEPT,
  '1316': { ...PAGED, lacks: `${PAGED.lacks}; every code stands for itself` },
  '1317': {
    complete: false,
    reads: '',
    writes: '',
    lacks: "no institution's own items are kept (3301): always without rows",
  },
  '1318': {
    ...PAGED,
    lacks: `${PAGED.lacks}; \`hilist_lmtpric_type\` is 0 for any hospital, or the level`,
  },
  '1319': PAGED,
  '2101': {
    complete: false,
    reads: 'policy, person, accounts, packs of drugs',
    writes: '',
    lacks: 'of the lines as 2204',
  },
  '2102': {
    complete: false,
    reads: 'policy, person, accounts, packs of drugs',
    writes: 'visit: opened; settlement',
    lacks: 'as 2101; prescriptions and doses are read and not used',
  },
  '2103': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2201': { complete: true, reads: 'person, credentials', writes: 'visit: opened' },
  '2202': { complete: true, reads: 'visit', writes: 'visit: cancelled' },
  '2203': DESCRIBED,
  '2203A': DESCRIBED,
  '2204': {
    complete: false,
    reads: 'visit, policy, catalogue, packs of drugs',
    writes: 'visit: lines',
    lacks:
      'returns are refused: an outpatient batch is removed and uploaded again; the catalogue does not know `med_chrgitm_type` and the flags but `lmt_used_flag`',
  },
  '2205': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2206': { complete: true, reads: 'visit, policy, person, accounts', writes: '' },
  '2207': {
    complete: false,
    reads: 'visit, policy, person, accounts',
    writes: 'settlement',
    lacks: 'the invoice is not kept',
  },
  '2208': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2301': {
    complete: false,
    reads: 'visit, policy, catalogue, packs of drugs',
    writes: 'visit: lines',
    lacks: 'as 2204, but returns are taken; the split is that of the lines so far',
  },
  '2302': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2303': {
    complete: false,
    reads: 'visit, policy, person, accounts',
    writes: '',
    lacks: '`med_type` is answered as the city calls the kind of care',
  },
  '2304': {
    complete: false,
    reads: 'visit, policy, person, accounts',
    writes: 'settlement',
    lacks: 'as 2303; the invoice is not kept',
  },
  '2305': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2401': {
    complete: true,
    reads: "person, city's `medTypes`, credentials",
    writes: 'visit: opened, with its particulars',
  },
  '2402': { complete: true, reads: 'visit', writes: 'visit: discharged' },
  '2403': { complete: true, reads: "visit, city's `medTypes`", writes: 'visit' },
  '2404': { complete: true, reads: 'visit', writes: 'visit: cancelled' },
  '2405': { complete: true, reads: 'visit', writes: 'visit: discharge undone' },
  '2501': {
    complete: true,
    reads: "person, city's `filings`",
    writes: 'filing, approval; names, addresses and telephone numbers are not kept',
  },
  '2502': { complete: true, reads: 'filing, settlements', writes: 'withdrawal, approval' },
  '2503': {
    complete: true,
    reads: "person, city's `filings`",
    writes: 'filing, person; names, addresses and telephone numbers are not kept',
  },
  '2504': { complete: true, reads: 'filing, settlements', writes: 'withdrawal, person' },
  '2505': {
    complete: true,
    reads: "person, institution, city's `filings`",
    writes: 'filing, person; names, addresses and telephone numbers are not kept',
  },
  '2506': { complete: true, reads: 'filing, settlements', writes: 'withdrawal, person' },
  '2601': {
    complete: true,
    reads: 'ledger by message id',
    writes: 'reversal, or a block of the message',
  },
  '3201': { complete: true, reads: 'settlements and reversals by day, policy', writes: '' },
  '3202': {
    complete: true,
    reads: 'file, settlements and reversals by day, policy',
    writes: 'file of the rows that differ',
  },
  '4101': {
    complete: true,
    reads: 'visit, settlement, person',
    writes:
      'settlement list, in the place of the one before; what identifies the patient beside `psn_no` is read and not kept',
  },
  '5203': {
    complete: false,
    reads: "visit, settlement, the person's settlements",
    writes: '',
    lacks: 'names and certificates are not kept',
  },
  '5204': {
    complete: false,
    reads: 'visit, settlement',
    writes: '',
    lacks:
      "what a line says besides item, amounts and date is not kept, nor is the item's name: those fields are empty",
  },
  '5206': { complete: true, reads: "person, ledger, city's `cumulated`", writes: '' },
  '5301': {
    complete: false,
    reads: 'person, filings',
    writes: '',
    lacks: 'only diseases that were filed by 2503 have a name',
  },
  '5303': {
    complete: false,
    reads: 'visits',
    writes: '',
    lacks: 'names and certificates are not kept',
  },
  '9001': { complete: true, reads: '', writes: '' },
  '9002': { complete: true, reads: '', writes: '' },
  '9101': { complete: true, reads: '', writes: 'file, for seven days' },
  '9102': { complete: true, reads: 'file', writes: '' },
}
