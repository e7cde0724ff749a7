import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fileId, type KeptFile, type Owner } from '../files/kept-files.ts'
import { textInZip } from '../files/zipped-text.ts'
import { interfaceTime } from '../money/setlinfo.ts'
import { type Call, type Declined, type Done, decline, NOTHING } from './call.ts'

/** 9101: the ZIP beside the message, or within it, becomes a file of the institution. */
export async function uploadFile(call: Call): Promise<Done | Declined> {
  const { envelope, input, attached } = call
  const row = input.one('fsUploadIn')
  const bytes = attached ?? row.bytes('in')
  if (bytes === undefined) {
    const sentence = '没有收到文件：请以multipart的file部分上传，或放入fsUploadIn的in字段'
    return decline('invalid-request', sentence)
  }
  if (row.text('fixmedins_code') !== envelope.institution) {
    return decline('institution-mismatch', '医药机构编号（fixmedins_code）与报文头的机构不一致')
  }
  const text = await textInZip(bytes)
  if (typeof text !== 'string') return unreadable(text.fault)
  const kept = await keepOwn(call, fileId(bytes), bytes)
  if ('declined' in kept) return kept
  return {
    output: {
      '': {
        file_qury_no: kept.id,
        filename: row.text('filename'),
        fixmedins_code: envelope.institution,
        dld_endtime: interfaceTime(kept.until),
      },
    },
  }
}

/** 9102: a file of the institution, or of all (`fixmedins_code` plc), as it is. */
export async function downloadFile(call: Call): Promise<Done | Declined> {
  const row = call.input.one('fsDownloadIn')
  const id = row.text('file_qury_no')!
  const theirs = await call.files.find(own(call), id)
  if (theirs !== undefined) {
    const bytes = await call.files.read(theirs)
    if (bytes === undefined) return unknownFile()
    const content = Readable.from([bytes])
    return { output: NOTHING, file: { content, size: bytes.length, name: `${id}.zip` } }
  }
  const file = await call.files.find('everybody', id)
  const handle = file && (await open(file.path, 'r').catch(() => undefined))
  if (file === undefined || handle === undefined) return unknownFile()
  const { size } = await handle.stat()
  return {
    output: NOTHING,
    file: { content: handle.createReadStream(), size, name: `${id}.zip` },
  }
}

/** Keeps a file that only the calling institution can find. */
export async function keepOwn(
  call: Call,
  id: string,
  bytes: Uint8Array,
): Promise<KeptFile | Declined> {
  const kept = await call.files.keepOwn(call.requester.id, id, bytes)
  if (kept !== 'full') return kept
  return decline('exchange-files-full', '本机构暂存的文件已满，请待旧文件到期后再试')
}

export const own = ({ requester }: Call): Owner => ({ institution: requester.id })

export function unknownFile(): Declined {
  const sentence = '未找到该文件，或已过期，请核对文件查询号（file_qury_no）'
  return decline('exchange-file-unknown', sentence)
}

export function unreadable(fault: string): Declined {
  return decline('exchange-file-invalid', `文件有误：${fault}`)
}
