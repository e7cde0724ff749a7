import {
  type Assessment,
  actOnProposal,
  isDue,
  isPending,
  keepProposal,
  type NewProposalAct,
  PROPOSALS,
  type Proposal,
  readProposal,
  refusalOf,
  type Terms,
} from '../../engine/access/proposals.ts'
import { ENGINE, FILES } from '../../engine/access/requesters.ts'
import { isRefusal, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import {
  canonicalInForce,
  type InForce,
  POLICY_SUBJECT,
  sameInForce,
} from '../../engine/counter/activations.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { contentHash } from './content-hash.ts'
import type {
  PolicyAttempt,
  PolicyHost,
  PolicyStatus,
  ReadyPolicy,
  RollbackRequest,
} from './policy-host.ts'
import type { ProposalDecision, Published, Publishing } from './publishing.ts'

export interface FourEyesOptions {
  /** Has been started on what was in force last. */
  readonly host: PolicyHost
  readonly ledger: Ledger
  readonly now: () => number
  /** Works out what a proposal would change, beside everything else. */
  readonly assess: Assess
  /** Told of everything that is proposed. */
  readonly onAttempt?: (attempt: PolicyAttempt) => void
  /** Told when something went wrong that nobody waits for. */
  readonly onFailure: (error: Error) => void
}

/** Compares with what is in force, and decides recent settlements again. */
export type Assess = (proposed: ReadyPolicy, inForce: InForce) => Assessing

export interface Assessing {
  /** Nothing when it was stopped. */
  readonly outcome: Promise<Assessment | undefined>
  stop(): void
}

/** Timers reach 24 days; clocks are set. */
const LOOK_AGAIN_MS = 60 * 60 * 1_000
/** After a ledger that took no bookings. */
const RETRY_MS = 5_000
const LISTED_MAX = 100
const PAGE = 1_000

/**
 * Publishing with four eyes: what the files hold is proposed, another person approves, and at its
 * time it is put in force. One proposal waits at a time: a later one takes its place.
 */
export class FourEyes implements Publishing {
  readonly #options: FourEyesOptions
  /** Proposals are numbered from 1. */
  #last = 0
  #assessing: { readonly id: string; readonly done: Promise<void>; stop(): void } | undefined
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: FourEyesOptions) {
    this.#options = options
  }

  get status(): PolicyStatus {
    return this.#options.host.status
  }

  /** Puts in force what is due, then goes on with what was waiting when the engine stopped. */
  async start(): Promise<void> {
    const { ledger } = this.#options
    for (let after = PROPOSALS; ; ) {
      const subjects = await ledger.subjects(PROPOSALS, after, PAGE)
      if (subjects.length === 0) break
      after = subjects.at(-1)!
      const numbers = subjects.map((subject) => Number(subject.slice(PROPOSALS.length)))
      this.#last = Math.max(this.#last, ...numbers)
    }
    await this.wake()
    this.#inBackground(async () => {
      const pending = await this.#pending()
      if (pending?.status === 'open' && pending.assessment === undefined) {
        const ready = await this.#readAgain(pending, ENGINE)
        if (!isRefusal(ready)) this.#assess(pending.id, ready)
      }
      // What was edited meanwhile.
      await this.#propose(FILES)
    })
  }

  /** Puts in force what is approved and whose time has come. */
  wake(): Promise<void> {
    return this.#inTurn(async () => {
      const { now } = this.#options
      const pending = await this.#pending()
      if (pending?.status !== 'approved') return
      if (isDue(pending, now())) await this.#switchTo(pending)
      else this.#wakeIn(pending.effectiveAt! - now())
    })
  }

  reload(by: Requester): Promise<Published> {
    return this.#inTurn(() => this.#propose(by))
  }

  async propose(terms: Terms, by: Requester): Promise<Published | Refusal> {
    if (terms.effectiveAt !== undefined && terms.effectiveAt <= this.#options.now()) {
      const error = { pointer: '/effectiveAt', code: 'too-early', expected: 'a time to come' }
      const detail = 'A proposal cannot be in force before it is approved.'
      return refuse('invalid-request', detail, { errors: [error] })
    }
    return this.#inTurn(() => this.#propose(by, { terms }))
  }

  rollback(request: RollbackRequest, by: Requester) {
    return this.#inTurn(async () => {
      const restore = await this.#options.host.planRollback(request)
      return 'impossible' in restore ? restore : this.#propose(by, { restore })
    })
  }

  decide(id: string, decision: ProposalDecision, by: Requester): Promise<Proposal | Refusal> {
    return this.#inTurn(async () => {
      if (decision.act === 'approve') return this.#approve(id, by)
      const { reason } = decision
      const act = decision.act === 'reject' ? 'rejected' : 'withdrawn'
      return this.#act(id, { act, details: reason === undefined ? {} : { reason } }, by)
    })
  }

  async proposals(): Promise<readonly Proposal[]> {
    const found: Proposal[] = []
    for (let number = this.#last; number > Math.max(0, this.#last - LISTED_MAX); number--) {
      const proposal = await readProposal(this.#options.ledger, String(number))
      if (proposal !== undefined) found.push(proposal)
    }
    return found
  }

  async proposal(id: string): Promise<Proposal | Refusal> {
    const proposal = await readProposal(this.#options.ledger, id)
    return proposal ?? refuse('proposal-not-found', `There is no proposal ${id}.`)
  }

  /** Resolves when nothing is under way; what is being assessed is assessed at the next start. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#turn
    this.#assessing?.stop()
    await this.#assessing?.done
  }

  /** Resolves when nothing is under way, nor being assessed. */
  async quiet(): Promise<void> {
    await this.#turn
    await this.#assessing?.done
  }

  /** Reads the files, or what is to be restored, and proposes it unless it is in force. */
  async #propose(
    by: Requester,
    { terms, restore }: { terms?: Terms; restore?: InForce } = {},
  ): Promise<Published> {
    const { host, ledger, now, onAttempt } = this.#options
    const ready = await host.read(by.id, restore)
    if ('errors' in ready) return ready
    const { inForce, built } = ready
    if (sameInForce(inForce, host.inForce)) return { errors: [] }
    const cause = restore === undefined ? 'reload' : 'rollback'
    const hash = hashOf(inForce)
    const pending = await this.#pending()
    if (pending !== undefined) {
      const isSame = pending.hash === hash && pending.cause === cause
      const goesOn = isSame ? await this.#takeUp(pending, terms, by) : undefined
      if (goesOn !== undefined) return published(goesOn)
      // An approved one is another person's, too: an edit of nobody's does not end it.
      if (by === FILES && pending.status === 'approved') return published(pending)
      const reason = `replaced by proposal ${this.#last + 1}`
      const ended = await this.#act(pending.id, { act: 'replaced', details: { reason } }, by)
      if (isRefusal(ended)) return published(ended)
    }
    const id = String(this.#last + 1)
    const { version: base } = (await ledger.load(POLICY_SUBJECT)).state
    const proposed = { hash, inForce, cause, base, ...terms } as const
    const kept = await keepProposal(ledger, id, { ...proposed, by, now: now() })
    if (isRefusal(kept)) return published(kept)
    this.#last += 1
    onAttempt?.({ by: by.id, at: now(), outcome: 'proposed', errors: [], built })
    this.#assess(id, ready)
    return published(kept)
  }

  /** The pending proposal, where nothing else is wanted than it says; otherwise nothing. */
  async #takeUp(
    pending: Proposal,
    terms: Terms | undefined,
    by: Requester,
  ): Promise<Proposal | Refusal | undefined> {
    if (by === FILES) return pending
    if (pending.by.id === FILES.id && pending.by.role === FILES.role) {
      return this.#act(pending.id, { act: 'taken-up', details: terms ?? {} }, by)
    }
    const { effectiveAt, note } = terms ?? pending
    return pending.effectiveAt === effectiveAt && pending.note === note ? pending : undefined
  }

  async #approve(id: string, by: Requester): Promise<Proposal | Refusal> {
    const proposal = await this.proposal(id)
    if (isRefusal(proposal)) return proposal
    const refusal = refusalOf(proposal, 'approved', by)
    if (refusal !== undefined) return refusal
    const ready = await this.#readAgain(proposal, by)
    if (isRefusal(ready)) return ready
    const approved = await this.#act(id, { act: 'approved', details: null }, by)
    if (isRefusal(approved)) return approved
    const now = this.#options.now()
    if (isDue(approved, now)) await this.#putInForce(approved, ready)
    else this.#wakeIn(approved.effectiveAt! - now)
    return this.proposal(id)
  }

  /** The time of an approved proposal has come. */
  async #switchTo(proposal: Proposal): Promise<void> {
    const { ledger, now, onAttempt } = this.#options
    const { version } = (await ledger.load(POLICY_SUBJECT)).state
    const ready =
      version === proposal.base
        ? await this.#readAgain(proposal, ENGINE)
        : refuse('proposal-changed', `Something else is in force since proposal ${proposal.id}.`)
    if (!isRefusal(ready)) return this.#putInForce(proposal, ready)
    const { detail: reason } = ready
    await this.#act(proposal.id, { act: 'lapsed', details: { reason } }, ENGINE)
    onAttempt?.({ by: ENGINE.id, at: now(), outcome: 'refused', errors: [reason], built: {} })
    this.#inBackground(() => this.#propose(FILES))
  }

  /** What the proposal was made of, read once more, if it is still that. */
  async #readAgain(
    { id, cause, inForce, hash }: Proposal,
    by: Requester,
  ): Promise<ReadyPolicy | Refusal> {
    const ready = await this.#options.host.read(by.id, cause === 'rollback' ? inForce : undefined)
    if ('errors' in ready) {
      const more = { problems: ready.errors }
      return refuse('proposal-changed', `The files of proposal ${id} have errors now.`, { more })
    }
    if (hashOf(ready.inForce) === hash) return ready
    return refuse('proposal-changed', `The files are no longer those of proposal ${id}.`)
  }

  async #putInForce({ id, cause, approved }: Proposal, ready: ReadyPolicy): Promise<void> {
    const by = approved!.by.id
    const errors = await this.#options.host.putInForce(ready, { by, cause, proposal: id })
    if (errors.length > 0) this.#wakeIn(RETRY_MS)
    else this.#stopAssessing(id)
  }

  async #act(id: string, act: NewProposalAct, by: Requester): Promise<Proposal | Refusal> {
    const { ledger, now } = this.#options
    const done = await actOnProposal(ledger, id, act, { by, now: now() })
    if (!isRefusal(done) && !isPending(done)) this.#stopAssessing(id)
    return done
  }

  /** Only the last one can wait. */
  async #pending(): Promise<Proposal | undefined> {
    const last = await readProposal(this.#options.ledger, String(this.#last))
    return last !== undefined && isPending(last) ? last : undefined
  }

  #assess(id: string, ready: ReadyPolicy): void {
    const { host, assess, onFailure } = this.#options
    const { outcome, stop } = assess(ready, host.inForce)
    const failed = (error: Error): Assessment => {
      onFailure(error)
      return { difference: '', check: [], shadowRun: { failed: error.message } }
    }
    const done = outcome
      .catch(failed)
      .then(async (assessment) => {
        if (assessment === undefined) return
        await this.#act(id, { act: 'assessed', details: assessment }, ENGINE)
      })
      .catch(onFailure)
    this.#assessing = { id, stop, done }
  }

  #stopAssessing(id: string): void {
    if (this.#assessing?.id === id) this.#assessing.stop()
  }

  #wakeIn(ms: number): void {
    if (this.#closed) return
    clearTimeout(this.#timer)
    const { onFailure } = this.#options
    const wake = () => void this.wake().catch(onFailure)
    this.#timer = setTimeout(wake, Math.min(ms, LOOK_AGAIN_MS)).unref()
  }

  #inBackground(work: () => Promise<unknown>): void {
    const unlessClosed = async () => (this.#closed ? undefined : work())
    void this.#inTurn(unlessClosed).catch(this.#options.onFailure)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}

function hashOf(inForce: InForce): string {
  return contentHash(canonicalInForce(inForce))
}

/** A ledger that takes no bookings is told as any other reason why nothing could be published. */
function published(outcome: Proposal | Refusal): Published {
  return isRefusal(outcome) ? { errors: [outcome.detail] } : { errors: [], proposal: outcome }
}
