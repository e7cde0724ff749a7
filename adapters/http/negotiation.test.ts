import t from 'tap'
import { answerEncoding, bodyEncoding } from './negotiation.ts'

t.test('the encoding of a body', async (t) => {
  const cases: [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['application/json', 'json'],
    ['Application/JSON', 'json'],
    ['application/json;', 'json'],
    ['application/json; charset=utf-8', 'json'],
    ['application/json ; Charset="UTF-8"', 'json'],
    ['application/json;charset=utf8;v=1', 'json'],
    ['application/json; x="a;charset=latin1"', 'json'],
    ['application/json; charset=gbk', undefined],
    ['application/json; charset=utf-8; charset=gbk', undefined],
    ['application/json; charset', undefined],
    ['application/json, application/json', undefined],
    ['application/jsonp', undefined],
    ['application/json/x', undefined],
    ['application/problem+json', undefined],
    ['text/plain', undefined],
    ['application/msgpack', 'msgpack'],
    ['application/msgpack; charset=utf-8', 'msgpack'],
    ['*/*', undefined],
    ['json', undefined],
  ]
  for (const [header, encoding] of [...cases, ...cases])
    t.equal(bodyEncoding(header), encoding, String(header))
})

t.test('the encoding of an answer', async (t) => {
  const cases: [string | undefined, string | undefined][] = [
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/json, text/plain, */*', 'json'],
    ['application/msgpack', 'msgpack'],
    ['application/msgpack, application/json', 'json'],
    ['application/msgpack;q=1.0, application/json;q=0.9', 'msgpack'],
    ['application/msgpack;q=0.1, application/json;q=0.101', 'json'],
    ['application/msgpack, */*;q=0.1', 'msgpack'],
    ['application/json;q=0, */*', 'msgpack'],
    ['application/json;q=0, application/*;q=0.5', 'msgpack'],
    ['application/*;q=0, */*', undefined],
    ['application/json;q=0', undefined],
    ['*/*;q=0', undefined],
    ['application/problem+json', 'json'],
    ['application/problem+json, application/msgpack', 'msgpack'],
    ['application/problem+json;q=0', undefined],
    ['application/json;q=0, application/problem+json', undefined],
    ['APPLICATION/MSGPACK; Q=0.5', 'msgpack'],
    ['application/json; charset=utf-8', 'json'],
    ['text/html', undefined],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'json'],
    ['application/msgpack;q=2', undefined],
    ['application/msgpack;q=2, application/json;q=0.1', 'json'],
    ['nonsense, application/msgpack', 'msgpack'],
    ['text/x; a="\\",application/json", application/msgpack', 'msgpack'],
    [`${'text/x, '.repeat(100)}application/msgpack`, 'msgpack'],
  ]
  for (const [header, encoding] of [...cases, ...cases])
    t.equal(answerEncoding(header), encoding, String(header).slice(0, 60))
  for (let i = 0; i < 1000; i++) answerEncoding(`application/json;x=${i}`)
  t.equal(answerEncoding('application/msgpack'), 'msgpack', 'after the memory was dropped')
})
