import type { IncomingHttpHeaders } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Authenticate } from '../../engine/access/access.ts'
import type { ReadKeeper } from '../../engine/access/read-keeper.ts'
import type { Month } from '../../engine/adjudicate/account-credit.ts'
import type { OutcomeCode } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { VisitPorts } from '../../engine/counter/visit-events.ts'
import type { KeyDesk } from '../access/key-desk.ts'
import type { Nonces } from '../access/seen-nonces.ts'
import type { Claimed, SignedRequests } from '../access/signed-requests.ts'
import type { StaffDesk } from '../access/staff-desk.ts'
import type { CreditDesk } from '../accounts/credit-desk.ts'
import type { ImportDesk } from '../imports/import-desk.ts'
import type { CatalogueBook } from '../nhsa/catalogue/catalogue-book.ts'
import type { KeptFiles } from '../nhsa/files/kept-files.ts'
import type { InterfaceSettings } from '../nhsa/settings.ts'
import type { Publishing } from '../packs/publishing.ts'
import type { AdmissionOptions } from './admission.ts'
import type { AnswerText } from './answer-text.ts'
import type { LargeBodies } from './large-bodies.ts'
import type { Encoding, TextType } from './negotiation.ts'
import type { TlsFiles } from './shared-port.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route that needs a key. */
    requester: Requester
    /** What a signed request claims and has yet to prove, when its body is there. */
    claimed: Claimed | undefined
    answerEncoding: Encoding
    /** Milliseconds of the monotonic clock: arrival, and when the body had been checked. */
    arrivedAt: number
    checkedAt: number
    /** In whose name it is in work, while it is; see `Admission`. */
    inWorkOf: string | undefined
    /** The code of the refusal that was sent, if one was. */
    outcome: OutcomeCode | undefined
    /** What metrics count it under, where the route does not say what was asked for. */
    countedAs: string | undefined
  }
  interface FastifyReply {
    /** Sends JSON in one write, past the serialisers and with the headers of every answer. */
    sendText(text: AnswerText): this
  }
  interface FastifyContextConfig {
    /** Roles that may call the route; see `route-access.ts` for those without. */
    roles?: readonly Requester['role'][]
    /** Served at the cashiers' address, too; any other is at the administration's alone. */
    counter?: true
    /** Answers with a text of this type, and with problem documents like the others. */
    text?: TextType
    /** A body over the limit of `largeBodies` goes there unread. */
    large?: true
  }
}

/** What the HTTP adapter is given; the counter's ports and the ways of operating it. */
export interface AppOptions {
  readonly ports: VisitPorts
  /** Keeps who is shown what of a person; of this thread alone. */
  readonly reads: ReadKeeper
  readonly authenticate: Authenticate
  readonly signedRequests: SignedRequests
  readonly publishing: PolicyAdmin
  readonly imports: Imports
  readonly credits: Credits
  /** Everything about a person as JSON; identity numbers and cards only where they are to be opened. */
  readonly exportPerson: (personId: string, opensCredentials: boolean) => Promise<string>
  readonly keys: Keys
  readonly staff: Staff
  readonly metrics: Metrics
  /** The files that the national interface exchanges. */
  readonly files: KeptFiles
  readonly catalogues: CatalogueBook
  readonly logger: FastifyBaseLogger
  /** Bodies over this many bytes are 413. */
  readonly bodyLimit: number
  /** How much this thread takes on before it sheds. */
  readonly admission: Pick<AdmissionOptions, 'inWorkMax' | 'shedToMs'>
  /** Serve `/docs` and `/openapi.json`. */
  readonly docs: boolean
  /** Why the engine is not ready to settle, or nothing. */
  readonly notReady: () => string | undefined
  /** How institutions call the national interface; unsigned when absent. */
  readonly nhsa?: {
    readonly settings: InterfaceSettings
    /** Of all threads that serve. */
    readonly nonces: Nonces
  }
  /** Where large claims go; they are decided here when absent. */
  readonly largeBodies?: LargeBodies
  /** Serves the cashiers' address: what is only for the administration does not exist there. */
  readonly counterOnly?: boolean
  /** Speak TLS; plain HTTP when absent. */
  readonly tls?: TlsFiles
  /** The port is opened by another thread; see `serverOnSharedPort`. */
  readonly sharedPort?: boolean
  /** The id of a request; new ones when absent. */
  readonly requestIds?: (request?: { readonly headers: IncomingHttpHeaders }) => string
}

/** Receiving and running whole files of records. */
export interface Imports extends Pick<ImportDesk, 'announce' | 'receive' | 'status'> {
  report(importId: string): Awaitable<ReturnType<ImportDesk['report']>>
}

/** Crediting accounts for a month. */
export interface Credits extends Pick<CreditDesk, 'credit'> {
  status(month: Month): Awaitable<ReturnType<CreditDesk['status']>>
}

/** The keys of institutions and systems. */
export interface Keys extends Pick<KeyDesk, 'issue' | 'rotate' | 'revoke'> {
  list(): Awaitable<ReturnType<KeyDesk['list']>>
}

/** Signing in and out, and the accounts of those who do. */
export interface Staff
  extends Pick<StaffDesk, 'signIn' | 'changePassword' | 'signOut' | 'enrol' | 'reset' | 'change'> {
  session(token: string): Awaitable<ReturnType<StaffDesk['session']>>
  list(): Awaitable<ReturnType<StaffDesk['list']>>
}

/** Changing what is in force, all packs at once. */
export interface PolicyAdmin extends Omit<Publishing, 'status'> {
  readonly status: Awaitable<Publishing['status']>
}

/** At once in the thread that owns it, later in any other. */
type Awaitable<T> = T | Promise<T>

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  /** One request that was answered. */
  answered(route: string, status: number, seconds: number, outcome: string | undefined): void
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>
