import type { Receipt } from '../../src-preload/contract/receipt.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { ask, type CommandContext, type Given } from './command.ts'
import { receiptRowWords, receiptSummaryWords } from './receipt-words.ts'
import { UsageError } from './usage-error.ts'

/** The options of `pail sync` that say how to look at what it did. */
export const receiptOptions = {
  receipt: {
    type: 'boolean',
    text: 'afterwards, ask for what changed as a visitor would, and say what is wrong',
  },
  'base-url': {
    type: 'string',
    value: 'URL',
    text: 'where visitors find the bucket (default: its own address)',
  },
  'strip-prefix': { type: 'boolean', text: 'visitors find the prefix there, not the whole bucket' },
  'page-origin': {
    type: 'string',
    value: 'URL',
    text: 'where the pages are that use the fonts, for CORS',
  },
} as const

/** How a receipt was asked for. */
export interface ReceiptWish {
  readonly baseUrl: string | null
  readonly stripPrefix: boolean
  readonly pageOrigin: string | null
  readonly expected: WantedVisibility
}

/**
 * What the options ask for; null without `--receipt`. Private is expected only of what was said to be: a bucket whose
 * policy publishes the prefix, or that a CDN reads, takes the default of `--private`. Throws a UsageError.
 */
export function readReceiptWish(given: Given): ReceiptWish | null {
  const baseUrl = readUrl(given, 'base-url')
  const pageOrigin = readUrl(given, 'page-origin')
  if (!given.flag('receipt')) {
    for (const option of ['base-url', 'page-origin'])
      if (given.text(option) !== undefined) throw new UsageError(`--${option} is for --receipt.`)
    return null
  }
  return {
    baseUrl,
    stripPrefix: given.flag('strip-prefix'),
    pageOrigin,
    expected: given.flag('private') && baseUrl === null ? 'private' : 'public',
  }
}

function readUrl(given: Given, option: string): string | null {
  const text = given.text(option)
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isUsable =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.search === '' &&
    url.hash === ''
  if (!isUsable || text.length > 1024)
    throw new UsageError(`--${option} takes an address such as https://static.example.org, not “${text}”.`)
  return text
}

/** Makes the receipt and names what is wrong on stderr; the rest is said in one line. */
export async function takeReceipt(
  context: CommandContext,
  planId: string,
  wish: ReceiptWish,
): Promise<Receipt> {
  const { api, output } = context
  output.progress('Asking for what changed, as a visitor')
  const receipt = await ask(context, api.createReceipt({ planId, ...wish }))
  for (const row of receipt.rows)
    if (row.code !== 'ok' && row.code !== 'not-checked') output.warn(`pail: ${receiptRowWords(row)}`)
  output.say(receiptSummaryWords(receipt))
  return receipt
}

/** Whether anything that was looked at is not as it should be. */
export function isWrong(receipt: Receipt): boolean {
  return receipt.rows.some(({ code }) => code !== 'ok' && code !== 'not-checked')
}
