import type { Receipt } from '../../src-preload/contract/receipt.ts'
import { Failure } from '../../src-preload/contract/failure.ts'
import type { CommandContext, Given } from './command.ts'
import {
  invalidate,
  invalidationOptions,
  type InvalidationWish,
  readInvalidationWish,
  type ToldInvalidation,
} from './sync-invalidation.ts'
import { isWrong, readReceiptWish, receiptOptions, type ReceiptWish, takeReceipt } from './sync-receipt.ts'
import { UsageError } from './usage-error.ts'

/** The options of `pail sync` for what comes after it. */
export const afterOptions = {
  ...invalidationOptions,
  ...receiptOptions,
} as const

/** What is to be done after a sync. */
export interface AfterWish {
  readonly invalidation: InvalidationWish | null
  readonly receipt: ReceiptWish | null
}

/** What has been done after a sync so far, as the document has it. */
export interface AfterDone {
  invalidation?: ToldInvalidation
  receipt?: Receipt
}

/** What the options ask for. Throws a UsageError. */
export function readAfterWish(given: Given): AfterWish {
  const wish = { invalidation: readInvalidationWish(given), receipt: readReceiptWish(given) }
  if (given.flag('strip-prefix') && wish.invalidation === null && wish.receipt === null)
    throw new UsageError('--strip-prefix is for --receipt and --invalidate.')
  return wish
}

/**
 * Invalidates, and then looks; what comes of it is put into `done` as soon as it is known. When CloudFront refuses, the
 * receipt is made all the same. Answers whether all is well; what is not has been named. Throws when interrupted.
 */
export async function afterSync(
  context: CommandContext,
  planId: string,
  wish: AfterWish,
  done: AfterDone,
): Promise<boolean> {
  let isWell = true
  if (wish.invalidation !== null) {
    try {
      done.invalidation = await invalidate(context, planId, wish.invalidation, wish.receipt !== null)
    } catch (error) {
      if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
      context.output.failed(error.error)
      isWell = false
    }
  }
  if (wish.receipt !== null) {
    done.receipt = await takeReceipt(context, planId, wish.receipt)
    if (isWrong(done.receipt)) isWell = false
  }
  return isWell
}
