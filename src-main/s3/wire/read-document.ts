import { WireError } from './wire-error.ts'
import type { WireResponse } from './wire-request.ts'
import { scanXml, XmlError, type XmlListener } from './xml-scanner.ts'

/**
 * The values right below the root of an answer; what holds elements is there with an empty value. `more` hears of all
 * elements. Throws a {@link WireError} for another document.
 */
export function readDocument(
  answer: WireResponse,
  root: string,
  more?: Required<XmlListener>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  try {
    scanXml(answer.body, {
      open(name, depth) {
        if (depth === 1 && name !== root) throw new XmlError('another document')
        more?.open(name, depth)
      },
      close(name, depth, text) {
        if (depth === 2 && !values.has(name)) values.set(name, text ?? '')
        more?.close(name, depth, text)
      },
    })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    throw new WireError({ statusCode: answer.statusCode, headers: answer.headers }, answer.body)
  }
  return values
}
