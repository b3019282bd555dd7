import { Failure } from '../../../src-preload/contract/failure.ts'
import { destinationOption, readObject } from '../choose-destination.ts'
import type { CommandContext, Given, Run } from '../command.ts'
import { ask, valueOf } from '../command.ts'
import { exitCode, type ExitCode } from '../exit-code.ts'
import { counted } from '../plain-text.ts'
import { formatS3Url } from '../s3-url.ts'

/** The options of `pail rm`. */
export const rmOptions = destinationOption

/** Keys of one bucket in one request to the backend. */
const keysPerPlan = 1000

/** Checks the arguments of `pail rm`. */
export function prepareRm(given: Given): Run {
  const objects = given.positionals.map((target) => readObject(given, target))
  return (context) => {
    const keysByBucket = new Map<string, Set<string>>()
    for (const object of objects) {
      const { bucket, key } = object(context)
      const keys = keysByBucket.get(bucket) ?? new Set<string>()
      keysByBucket.set(bucket, keys.add(key))
    }
    return rm(context, keysByBucket)
  }
}

async function rm(
  context: CommandContext,
  keysByBucket: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<ExitCode> {
  const { api, output, profileId } = context
  const failed: { key: string; code: string; message: string }[] = []
  let deleted = 0
  for (const [bucket, set] of keysByBucket) {
    const all = [...set]
    for (let from = 0; from < all.length; from += keysPerPlan) {
      const keys = all.slice(from, from + keysPerPlan)
      const name = (key: string) => formatS3Url({ bucket, key })
      try {
        const plan = await ask(context, api.planDelete({ profileId, bucket, keys, prefixes: [] }))
        // Not given up half way: the request is on its way and its answer says what is gone.
        const outcome = valueOf(await api.applyDelete({ planId: plan.planId }))
        deleted += outcome.deleted
        for (const { key, code, message } of outcome.failed) {
          failed.push({ key, code, message })
          output.warn(`pail: ${name(key)}: ${message} (${code})`)
        }
      } catch (error) {
        if (!(error instanceof Failure) || error.error.code === 'cancelled') throw error
        const { code, message, key } = error.error
        for (const one of key === undefined ? keys : [key]) {
          failed.push({ key: one, code, message })
          output.failed({ ...error.error, key: name(one) })
        }
      }
    }
  }
  await output.document({ deleted, failed })
  output.say(`${counted(deleted, 'object')} removed${failed.length ? `, ${failed.length} failed` : ''}.`)
  return failed.length ? exitCode.failed : exitCode.done
}
