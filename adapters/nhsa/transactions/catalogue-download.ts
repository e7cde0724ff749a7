import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import type { Catalogue } from '../../../engine/policy/catalogue.ts'
import { packFor } from '../../../engine/policy/policy.ts'
import { DOWNLOAD_LAYOUTS, writeDownload } from '../catalogue/download-file.ts'
import { fileId } from '../files/kept-files.ts'
import { zipComment, zipText } from '../files/zipped-text.ts'
import { interfaceTime } from '../money/setlinfo.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'

/**
 * 1301 to 1315: the rows of one kind as a file, for 9102. A catalogue is one version, so that a client
 * that has this one (`ver`) gets a file without rows, and any other one all of it.
 */
export async function downloadCatalogue(call: Call): Promise<Done | Declined> {
  const { envelope, input, catalogues, files } = call
  const { code, name } = envelope.transaction
  const layout = DOWNLOAD_LAYOUTS.get(code)
  if (layout === undefined) return notKept(name)
  const district = await districtOf(call)
  const catalogue = catalogueOf(call, district)
  if (catalogue === undefined) return notKept(name)
  const version = versionOf(catalogue)
  const isNew = input.one('data').text('ver') !== version
  const title = `${code}_${version}`
  const id = fileId('catalogue', code, catalogue.hash, isNew ? 'all' : 'nothing new')
  const source = {
    catalogueFile: catalogues.file(catalogue.hash),
    hash: catalogue.hash,
    name: `${title}.txt`,
    layout,
    version,
  }
  const kept = await files.keep('everybody', id, (path) =>
    isNew ? writeDownload(path, source) : zipText(path, source.name, [], () => '0'),
  )
  if (kept === 'full') throw new Error('the files of everybody are never too many')
  return {
    output: {
      '': {
        file_qury_no: kept.id,
        filename: `${title}.zip`,
        dld_end_time: interfaceTime(kept.until),
        data_cnt: Number(await zipComment(kept.path)),
      },
    },
  }
}

/** C(20). */
const VERSION_DIGITS = 20

/** What tells two contents of a catalogue apart; it does not say which is the later one. */
function versionOf({ hash }: Catalogue): string {
  return hash.slice(0, VERSION_DIGITS)
}

/** The catalogue of the city that pools a district. */
export function catalogueOf({ ports }: Call, district: string): Catalogue | undefined {
  const policy = ports.policy()
  const live = packFor(policy, district, chinaDate(ports.now()))
  return live && policy.catalogues.get(live.pack.catalogueId)
}

/** Where the calling institution is. */
export async function districtOf({ ports, requester }: Call): Promise<string> {
  const record = await findRecord(ports, 'institution', requester.id)
  if (isRefusal(record)) throw new Error('the calling institution is not registered')
  return record.district
}

/** `name` is that of the transaction, which ends in what it does. */
export function notKept(name: string): Declined {
  const kind = name.replace(/(信息)?(下载|查询)$/, '')
  return decline('catalogue-not-kept', `本平台未维护${kind}，请使用国家统一发布的目录`)
}
