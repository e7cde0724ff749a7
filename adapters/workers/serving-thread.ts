import type { MessagePort } from 'node:worker_threads'
import type { Requester } from '../../engine/counter/ports.ts'
import type { KeyDesk } from '../access/key-desk.ts'
import type { Nonces } from '../access/seen-nonces.ts'
import type { StaffDesk } from '../access/staff-desk.ts'
import type { CreditDesk } from '../accounts/credit-desk.ts'
import type { AppOptions, Metrics, PolicyAdmin } from '../http/app-types.ts'
import type { LargeAnswer, LargeRequest } from '../http/large-bodies.ts'
import type { ImportDesk } from '../imports/import-desk.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import {
  openServing,
  type ServingSettings,
  type ServingThreadOptions,
} from '../serving/open-serving.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'
import { callsOver } from './calls.ts'
import { exportPerson } from './export-host.ts'
import { type AccessChange, type AccessFeed, FollowedAccess } from './followed-access.ts'
import { FollowedPolicy } from './followed-policy.ts'
import { holdServerStill } from './hold-still.ts'
import type { PolicyFeed, PreparedPolicy } from './policy-publisher.ts'

/** What a thread is given to serve beside the owner's; both ports have to be transferred. */
export interface ServingBoot {
  readonly settings: ServingSettings
  /** Among the threads that serve; 0 is the owner's. */
  readonly thread: number
  readonly connection: LedgerConnection
  readonly policy: PolicyFeed
  readonly access: AccessFeed
  readonly inWork: SharedArrayBuffer
  readonly stopping: SharedArrayBuffer
  /** To the owner: `OwnerCalls` there, `ServingCalls` here. */
  readonly port: MessagePort
}

/** What the owner's thread does for every other one. */
export interface OwnerCalls {
  announceImport: ImportDesk['announce']
  receiveImport: ImportDesk['receive']
  importStatus: ImportDesk['status']
  importReport: ImportDesk['report']
  credit: CreditDesk['credit']
  creditStatus: CreditDesk['status']
  issueKey: KeyDesk['issue']
  rotateKey: KeyDesk['rotate']
  revokeKey: KeyDesk['revoke']
  listKeys: KeyDesk['list']
  signIn: StaffDesk['signIn']
  changePassword: StaffDesk['changePassword']
  signOut: StaffDesk['signOut']
  sessionOf: StaffDesk['session']
  enrolMember: StaffDesk['enrol']
  resetMember: StaffDesk['reset']
  changeMember: StaffDesk['change']
  listStaff: StaffDesk['list']
  reload: PolicyAdmin['reload']
  rollback: PolicyAdmin['rollback']
  propose: PolicyAdmin['propose']
  decideProposal: PolicyAdmin['decide']
  proposals: PolicyAdmin['proposals']
  proposal: PolicyAdmin['proposal']
  policyStatus(): PolicyAdmin['status']
  metricsText(): Promise<string>
  answerLarge(request: LargeRequest, sender: Requester): Promise<LargeAnswer | undefined>
  noteNonce: Nonces['note']
}

/** What a serving thread does for its owner. */
export interface ServingCalls {
  prepare(version: PreparedPolicy): Promise<void>
  prepareAccess(change: AccessChange): void
  /** The counts of this thread, as prom-client exports them. */
  countRequests(): Promise<unknown>
  /** Resolves when all connections have ended and whatever was accepted is answered. */
  finish(): Promise<void>
  /** Cuts all connections, and then does nothing any more: the process is about to end. */
  halt(): Promise<void>
}

/** The operating of the engine, done by the owner's thread. */
export type OwnerServices = Pick<
  AppOptions,
  'imports' | 'credits' | 'keys' | 'staff' | 'publishing'
>

interface ServingThreadParts
  extends Pick<ServingThreadOptions, 'sharedPort' | 'requestIds' | 'letIn' | 'addresses'> {
  /** `text` is the owner's. */
  readonly metrics: Pick<Metrics, 'contentType' | 'answered'> & { json(): Promise<unknown> }
  /** Bodies over so many bytes go to the owner; they are read here when absent. */
  readonly largeOver?: number
}

/** Connects this thread to the ledger and the policy, and builds its application. */
export async function openServingThread(boot: ServingBoot, parts: ServingThreadParts) {
  const { settings, thread, connection, policy, inWork, stopping, port } = boot
  const { metrics, largeOver, ...rest } = parts
  const connected = connectLedger(connection)
  const library = new PackLibrary(settings.folder)
  const followed = await FollowedPolicy.open(policy, library)
  const access = new FollowedAccess(boot.access)
  // An engine may be stopped while a thread is still opening.
  const finish = async () => {
    const serving = await opening
    await serving.close()
    await connected.close()
  }
  const owner = callsOver<OwnerCalls, ServingCalls>(port, {
    prepare: (version) => followed.prepare(version),
    prepareAccess: (change) => access.prepare(change),
    countRequests: () => metrics.json(),
    finish,
    halt: async () => holdServerStill((await opening).app.server),
  })
  const opening = openServing(settings, {
    ...rest,
    thread,
    ledger: connected.ledger,
    policy: () => followed.policy,
    access: () => access.access,
    packByHash: (hash) => library.pack(hash),
    inWork,
    stopping,
    nonces: { note: (...noted) => owner.noteNonce(...noted) },
    metrics: {
      contentType: metrics.contentType,
      answered: metrics.answered,
      text: () => owner.metricsText(),
    },
    exportPerson: (...asked) => exportPerson(settings.folder, ...asked),
    ...servicesOf(owner),
    ...(largeOver === undefined
      ? {}
      : { largeBodies: { over: largeOver, answer: (...large) => owner.answerLarge(...large) } }),
  })
  return (await opening).app
}

function servicesOf(
  owner: {
    [Name in keyof OwnerCalls]: (
      ...args: Parameters<OwnerCalls[Name]>
    ) => Promise<Awaited<ReturnType<OwnerCalls[Name]>>>
  },
): OwnerServices {
  return {
    imports: {
      announce: (request, source) => owner.announceImport(request, source),
      receive: (...part) => owner.receiveImport(...part),
      status: (importId) => owner.importStatus(importId),
      report: (importId) => owner.importReport(importId),
    },
    credits: {
      credit: (request) => owner.credit(request),
      status: (month) => owner.creditStatus(month),
    },
    keys: {
      issue: (...asked) => owner.issueKey(...asked),
      rotate: (...asked) => owner.rotateKey(...asked),
      revoke: (...asked) => owner.revokeKey(...asked),
      list: () => owner.listKeys(),
    },
    staff: {
      signIn: (request) => owner.signIn(request),
      changePassword: (...asked) => owner.changePassword(...asked),
      signOut: (token) => owner.signOut(token),
      session: (token) => owner.sessionOf(token),
      enrol: (...asked) => owner.enrolMember(...asked),
      reset: (...asked) => owner.resetMember(...asked),
      change: (...asked) => owner.changeMember(...asked),
      list: () => owner.listStaff(),
    },
    publishing: {
      reload: (by) => owner.reload(by),
      rollback: (request, by) => owner.rollback(request, by),
      propose: (terms, by) => owner.propose(terms, by),
      decide: (...decision) => owner.decideProposal(...decision),
      proposals: () => owner.proposals(),
      proposal: (id) => owner.proposal(id),
      get status() {
        return owner.policyStatus()
      },
    },
  }
}

/** The services of the owner as calls for other threads. */
export function ownerCalls(
  { imports, credits, keys, staff, publishing }: OwnerServices,
  rest: Pick<OwnerCalls, 'metricsText' | 'answerLarge' | 'noteNonce'>,
): OwnerCalls {
  return {
    announceImport: (request, source) => imports.announce(request, source),
    receiveImport: (...part) => imports.receive(...part),
    importStatus: (importId) => imports.status(importId),
    importReport: (importId) => imports.report(importId) as ReturnType<ImportDesk['report']>,
    credit: (request) => credits.credit(request),
    creditStatus: (month) => credits.status(month) as ReturnType<CreditDesk['status']>,
    issueKey: (...asked) => keys.issue(...asked),
    rotateKey: (...asked) => keys.rotate(...asked),
    revokeKey: (...asked) => keys.revoke(...asked),
    listKeys: () => keys.list() as ReturnType<KeyDesk['list']>,
    signIn: (request) => staff.signIn(request),
    changePassword: (...asked) => staff.changePassword(...asked),
    signOut: (token) => staff.signOut(token),
    sessionOf: (token) => staff.session(token) as ReturnType<StaffDesk['session']>,
    enrolMember: (...asked) => staff.enrol(...asked),
    resetMember: (...asked) => staff.reset(...asked),
    changeMember: (...asked) => staff.change(...asked),
    listStaff: () => staff.list() as ReturnType<StaffDesk['list']>,
    reload: (by) => publishing.reload(by),
    rollback: (request, by) => publishing.rollback(request, by),
    propose: (terms, by) => publishing.propose(terms, by),
    decideProposal: (...decision) => publishing.decide(...decision),
    proposals: () => publishing.proposals(),
    proposal: (id) => publishing.proposal(id),
    policyStatus: () => publishing.status,
    ...rest,
  }
}
