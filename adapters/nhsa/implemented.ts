/** What of a transaction is done here, for the table of `docs/nhsa.md`. */
export interface Implementation {
  /**
   * Every input is read and heeded, every refusal of the spec given, and every output answered that the
   * records, the journal or the catalogue hold.
   */
  readonly complete: boolean
  /** The state that it looks at: records, the visit, the ledger. */
  readonly reads: string
  /** What it books or changes. */
  readonly writes: string
  /** What keeps it from being complete; of a complete one, what it leaves empty, and why. */
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
    'asked for by code, name, class, kind, restriction, type of charge, first day and whether in force; `updt_time` and the other fields are not looked at; times and offices are empty',
}

/** See "What is not kept" on the page. */
const NOBODYS_NAMES = 'by decision, names and certificates of persons are not kept'
const OF_ITEMS =
  '`med_chrgitm_type` is what the line says, else what the catalogue does; of the flags the catalogue knows `lmt_used_flag`'

/** By the codes of the spec, 2203A beside 2203. What is not in here is refused by its number. */
export const IMPLEMENTED: Readonly<Record<string, Implementation>> = {
  '1101': {
    complete: true,
    reads: 'credentials, person, account',
    writes: '',
    lacks: `${NOBODYS_NAMES}; nation, employer and the level of a category are not known`,
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
    complete: true,
    reads: 'policy, catalogue, person, approvals, accounts, packs of drugs',
    writes: '',
    lacks: OF_ITEMS,
  },
  '2102': {
    complete: true,
    reads: 'policy, catalogue, person, approvals, accounts, packs of drugs',
    writes: 'visit: opened, with its lines; settlement',
    lacks: OF_ITEMS,
  },
  '2103': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2201': { complete: true, reads: 'person, credentials', writes: 'visit: opened' },
  '2202': { complete: true, reads: 'visit', writes: 'visit: cancelled' },
  '2203': DESCRIBED,
  '2203A': DESCRIBED,
  '2204': {
    complete: true,
    reads: 'visit, policy, catalogue, packs of drugs',
    writes: 'visit: lines',
    lacks: `${OF_ITEMS}; returns are refused: an outpatient batch is removed and uploaded again`,
  },
  '2205': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2206': { complete: true, reads: 'visit, policy, person, accounts', writes: '' },
  '2207': {
    complete: true,
    reads: 'visit, policy, person, approvals, accounts',
    writes: 'settlement, with its invoice',
  },
  '2208': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2301': {
    complete: true,
    reads: 'visit, policy, catalogue, packs of drugs',
    writes: 'visit: lines, returns too',
    lacks: `${OF_ITEMS}; the split is that of the message's lines`,
  },
  '2302': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2303': { complete: true, reads: 'visit, policy, person, approvals, accounts', writes: '' },
  '2304': {
    complete: true,
    reads: 'visit, policy, person, approvals, accounts',
    writes: 'settlement, with its invoice',
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
    reads: "ledger by message id, the person's settlements",
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
      'settlement list, in the place of the one before, read back over REST; what identifies the patient beside `psn_no` is read and not kept',
  },
  '5203': {
    complete: true,
    reads: "visit, settlement, the person's settlements, institution",
    writes: '',
    lacks: `${NOBODYS_NAMES}, nor are employers and clerks`,
  },
  '5204': {
    complete: true,
    reads: 'settlement, visit as it was then, catalogue that decided',
    writes: '',
    lacks:
      "by decision, doctors and clerks are not named, doctors have their codes; of an item neither the institution's own name nor brand, form and flags but `lmt_used_flag` are known",
  },
  '5206': { complete: true, reads: "person, ledger, city's `cumulated`", writes: '' },
  '5301': {
    complete: true,
    reads: "person, filings, city's dictionary `opsp_dise_code`",
    writes: '',
    lacks: 'a disease that neither 2503 nor that dictionary named has no name',
  },
  '5303': { complete: true, reads: 'visits, person', writes: '', lacks: NOBODYS_NAMES },
  '9001': { complete: true, reads: '', writes: '' },
  '9002': { complete: true, reads: '', writes: '' },
  '9101': { complete: true, reads: '', writes: 'file, for seven days' },
  '9102': { complete: true, reads: 'file', writes: '' },
}
