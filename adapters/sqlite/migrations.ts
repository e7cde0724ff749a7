import type Database from 'better-sqlite3'
import { type FileFormat, formatOf } from './file-format.ts'

export type FileKind = 'journal' | 'state'

/** Marks the file, so that one kind is never opened as the other: "YZJ" and "YZS" and a 1. */
const APPLICATION_ID: Record<FileKind, number> = { journal: 0x595a4a01, state: 0x595a5301 }

const FEN = 'INTEGER NOT NULL CHECK (abs(%) <= 9000000000000000)'
const fen = (column: string) => `${column} ${FEN.replace('%', column)}`

/** Rows that follow may say what the program before cannot read: it is to refuse the file. */
const NEW_LAYOUTS = ''

/** Step n takes a file from version n to n + 1. A step that has been released never changes. */
const STEPS: Record<FileKind, readonly string[]> = {
  journal: [
    `CREATE TABLE entry (
       position INTEGER PRIMARY KEY CHECK (position > 0),
       keys TEXT NOT NULL,
       subjects TEXT NOT NULL,
       body BLOB NOT NULL,
       hash BLOB NOT NULL CHECK (length(hash) = 32)
     ) STRICT;
     CREATE TRIGGER entry_never_changes BEFORE UPDATE ON entry
       BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
     CREATE TRIGGER entry_never_goes BEFORE DELETE ON entry
       BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;`,
    // Settlements of layout 4.
    NEW_LAYOUTS,
    // Sums of a year under names that begin with the city, which the program before would pass over.
    NEW_LAYOUTS,
  ],
  state: [
    `CREATE TABLE subject_state (
       subject TEXT PRIMARY KEY NOT NULL,
       body BLOB NOT NULL
     ) STRICT;
     CREATE TABLE message_key (
       key TEXT PRIMARY KEY NOT NULL,
       position INTEGER NOT NULL CHECK (position > 0)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE booking (
       institution TEXT NOT NULL,
       booked_at INTEGER NOT NULL,
       position INTEGER NOT NULL CHECK (position > 0),
       request_id TEXT NOT NULL,
       reversal INTEGER NOT NULL CHECK (reversal IN (0, 1)),
       ${fen('total_fen')},
       ${fen('fund_fen')},
       ${fen('account_fen')},
       PRIMARY KEY (institution, booked_at, position)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE folded (
       only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
       position INTEGER NOT NULL CHECK (position >= 0),
       hash BLOB NOT NULL CHECK (length(hash) = 32)
     ) STRICT;
     INSERT INTO folded VALUES (1, 0, zeroblob(32));`,
  ],
}

/**
 * Brings a file to the version that this program knows, in one transaction. Refuses a file of
 * another kind or of a newer version; a reader refuses one whose tables are older, too.
 */
export function migrate(
  db: Database.Database,
  kind: FileKind,
  path: string,
  readonly: boolean,
): void {
  const steps = STEPS[kind]
  // A look first: a file that is up to date is opened without waiting for its writer.
  const missing = pending(db, kind, path)
  if (missing === 0) return
  if (readonly && steps.slice(-missing).every((step) => step === NEW_LAYOUTS)) return
  if (readonly) throw new Error(`${path} is older than this program; its owner must open it first`)
  const run = db.transaction(() => {
    for (let left = pending(db, kind, path); left > 0; left--) {
      db.exec(steps[steps.length - left]!)
    }
    db.pragma(`application_id = ${APPLICATION_ID[kind]}`)
    db.pragma(`user_version = ${steps.length}`)
  })
  run.immediate()
}

/** How many steps the file still needs. */
function pending(db: Database.Database, kind: FileKind, path: string): number {
  const format = formatOf(db)
  refuseUnknown(kind, path, format)
  return STEPS[kind].length - format.version
}

/** Throws when a file is of another kind, or of a version that this program does not know. */
export function refuseUnknown(kind: FileKind, path: string, format: FileFormat): void {
  const { application, version } = format
  const fresh = version === 0 && application === 0
  if (!fresh && application !== APPLICATION_ID[kind])
    throw new Error(`${path} is not a ${kind} file`)
  const known = STEPS[kind].length
  if (version <= known) return
  throw new Error(
    `${path} is a ${kind} file of version ${version}; this program knows up to ${known}. ` +
      'Run the newer program, or restore a copy that this one wrote.',
  )
}
