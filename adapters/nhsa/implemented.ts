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
  complete: false,
  reads: "person, city's `medTypes`, visit",
  writes: 'visit: diagnoses, disease, kind of care',
  lacks: 'birth control, pregnancy and prescriptions are read and not used',
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
  '2201': {
    complete: false,
    reads: 'person, credentials',
    writes: 'visit: opened',
    lacks: '`insutype` is not compared with the insurance',
  },
  '2202': { complete: true, reads: 'visit', writes: 'visit: cancelled' },
  '2203': DESCRIBED,
  '2203A': DESCRIBED,
  '2204': {
    complete: false,
    reads: 'visit, policy, catalogue',
    writes: 'visit: lines',
    lacks:
      'approval flag 2 and returns are refused; `selfpay_prop` is empty where self-pay by item and by area come together; `pric_uplmt_amt`, `med_chrgitm_type` and the flags of the catalogue are empty; traceability codes are not looked at',
  },
  '2205': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2206': {
    complete: false,
    reads: 'visit, policy, person, account',
    writes: '',
    lacks:
      "another person's account (`acct_used_flag` 2) is refused; `insutype` is not compared with the insurance",
  },
  '2207': {
    complete: false,
    reads: 'visit, policy, person, account',
    writes: 'settlement',
    lacks: 'as 2206; the invoice is not kept',
  },
  '2208': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2301': {
    complete: false,
    reads: 'visit, policy, catalogue',
    writes: 'visit: lines',
    lacks: 'as 2204, but returns are taken; the split is that of the lines so far',
  },
  '2302': { complete: true, reads: 'visit', writes: 'visit: lines removed' },
  '2303': {
    complete: false,
    reads: 'visit, policy, person, account',
    writes: '',
    lacks: 'as 2206; `med_type` is answered as the city calls the kind of care',
  },
  '2304': {
    complete: false,
    reads: 'visit, policy, person, account',
    writes: 'settlement',
    lacks: 'as 2303; the invoice is not kept',
  },
  '2305': { complete: true, reads: 'visit, settlement', writes: 'reversal' },
  '2401': {
    complete: false,
    reads: "person, city's `medTypes`, credentials",
    writes: 'visit: opened',
    lacks: '`insutype` is not compared; operations, births and contacts are read and not used',
  },
  '2402': {
    complete: false,
    reads: 'visit',
    writes: 'visit: discharged',
    lacks: 'operations, births and the way of leaving are read and not used',
  },
  '2403': { complete: false, reads: "visit, city's `medTypes`", writes: 'visit', lacks: 'as 2401' },
  '2404': { complete: true, reads: 'visit', writes: 'visit: cancelled' },
  '2405': { complete: true, reads: 'visit', writes: 'visit: discharge undone' },
  '2601': {
    complete: false,
    reads: 'ledger by message id',
    writes: 'reversal, or a block of the message',
    lacks: 'of 2207, 2304 and 2401 only',
  },
  '5203': {
    complete: false,
    reads: 'visit, settlement',
    writes: '',
    lacks: 'names and certificates are not kept',
  },
  '9001': { complete: true, reads: '', writes: '' },
  '9002': { complete: true, reads: '', writes: '' },
}
