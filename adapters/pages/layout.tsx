import { createHash } from 'node:crypto'
import type { ComponentChildren, VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Language } from '../words/words.ts'
import { STYLE } from './style.ts'

interface PageProps {
  readonly title: string
  readonly language: Language
  /** What the page adds to the style of all pages. */
  readonly style?: string
  readonly children: ComponentChildren
}

/** A page that stands alone: no script, nothing loaded, the one style sheet inside it. */
export function Page({ title, language, style = '', children }: PageProps): VNode {
  return (
    <html lang={language === 'zh' ? 'zh-CN' : 'en'}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        {/* Not to be escaped, and our own. */}
        <style dangerouslySetInnerHTML={{ __html: `${STYLE}${style}` }} />
      </head>
      <body>{children}</body>
    </html>
  )
}

/** The page as text; every value in it is escaped. */
export function htmlOf(page: VNode): string {
  return `<!doctype html>\n${renderToString(page)}\n`
}

/** What a browser is allowed on such a page: its style sheet, and nothing else. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
