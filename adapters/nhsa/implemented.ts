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

/** By the codes of the spec, 2203A beside 2203. What is not in here is refused by its number. */
export const IMPLEMENTED: Readonly<Record<string, Implementation>> = {
  '1101': {
    complete: false,
    reads: 'credentials, person, account',
    writes: '',
    lacks:
      'names and certificate numbers are not kept, only given back; categories have no codes of `psn_idet_type` yet',
  },
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
  '2601': {
    complete: true,
    reads: 'ledger by message id',
    writes: 'reversal, or a block of the message',
  },
  '3201': { complete: true, reads: 'settlements and reversals by day, policy', writes: '' },
  '3202': {
    complete: false,
    reads: 'file, settlements and reversals by day, policy',
    writes: 'file of the rows that differ',
    lacks: 'the sums of the message are not compared, as every row is',
  },
  '5203': {
    complete: false,
    reads: "visit, settlement, the person's settlements",
    writes: '',
    lacks: 'names and certificates are not kept',
  },
  '9001': { complete: true, reads: '', writes: '' },
  '9002': { complete: true, reads: '', writes: '' },
  '9101': { complete: true, reads: '', writes: 'file, for seven days' },
  '9102': { complete: true, reads: 'file', writes: '' },
}
