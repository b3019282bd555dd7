// Kills, resets, silence, busy answers and pauses at random over 300 files, up and down, for a minute: at the end every
// object and every file is identical, nothing is left over and nothing is there twice. `npm run soak`;
// PAIL_SOAK_SECONDS and PAIL_SOAK_SEED choose how long, and what goes wrong.
import { spawn } from 'node:child_process'
import { createHash, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { getObjectBytes } from '../../src-main/s3/get-object-bytes.ts'
import { listAllObjects } from '../../src-main/s3/list-objects.ts'
import { putObjectBytes } from '../../src-main/s3/put-object.ts'
import { applySweep } from '../../src-main/sweep/apply-sweep.ts'
import { planSweep } from '../../src-main/sweep/plan-sweep.ts'
import { noise, randomNumbers } from '../bench/tree.ts'
import { typescriptNode } from '../bench/typescript-node.ts'
import { s3Error, startScriptedProxy } from '../sync/scripted-proxy.ts'
import type { LineFault } from './fault-proxy.ts'
import { startFaultProxy } from './fault-proxy.ts'
import type { QueueJob } from './open-job.ts'
import { startPlaygroundForTest } from './playground-for-test.ts'
import { partBytes, smallSizes } from './small-sizes.ts'

// Whatever else runs on this computer goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
const seconds = Number(process.env['PAIL_SOAK_SECONDS'] ?? 60)
const seed = Number(process.env['PAIL_SOAK_SEED'] ?? randomInt(2 ** 31))
console.log(`soak: ${seconds} s, PAIL_SOAK_SEED=${seed}`)

const random = randomNumbers(seed)
const below = (limit: number) => Math.floor(random() * limit)
const chance = (share: number) => random() < share
const uploads = 200
const downloads = 100

/** Every tenth is empty, and of the others every fourth has some parts. */
function bytesOf(index: number): Buffer {
  if (index % 10 === 0) return Buffer.alloc(0)
  return noise(index % 4 === 0 ? partBytes * (1 + below(24)) + below(partBytes) : below(4000), random)
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const place = await startPlaygroundForTest({ smallestPartBytes: 1 })
const folder = await mkdtemp(join(tmpdir(), 'pail-soak-'))
const counts = { kills: 0, quits: 0, stops: 0, pauses: 0, busy: 0, broken: 0, retries: 0, answered: 0 }
let isCalm = false

/** How long answers take, in milliseconds, so that the work lasts about as long as the soak. */
const delayMs = seconds * 6
const scripted = await startScriptedProxy(place.endpoint, async ({ key }) => {
  counts.answered++
  if (isCalm || key === '') return null
  await sleep(random() * 2 * delayMs)
  if (!chance(0.06)) return null
  counts.busy++
  return chance(0.7) ? s3Error(503, 'SlowDown') : s3Error(500, 'InternalError')
})
const line = await startFaultProxy(
  scripted.endpoint,
  (): LineFault => {
    if (isCalm) return {}
    const after = below(4 * partBytes)
    if (chance(0.15)) return { resetAfterUp: after }
    if (chance(0.15)) return { resetAfterDown: after }
    return chance(0.1) ? { silentAfterUp: after } : {}
  },
  random,
)

/** What the queue is to do, made anew for each round. */
async function prepare(round: number) {
  const expected = { objects: new Map<string, string>(), files: new Map<string, string>() }
  const files: string[] = []
  const keys: string[] = []
  await mkdir(join(folder, `up-${round}`))
  await mkdir(join(folder, `down-${round}`))
  for (let index = 0; index < uploads; index++) {
    const bytes = bytesOf(index)
    const name = `file-${index}.bin`
    files.push(join(folder, `up-${round}`, name))
    await writeFile(join(folder, `up-${round}`, name), bytes)
    expected.objects.set(`up-${round}/${name}`, digest(bytes))
  }
  for (let index = 0; index < downloads; index++) {
    const bytes = bytesOf(index)
    const key = `there-${round}/object-${index}.bin`
    await putObjectBytes(place.session, { bucket: place.open, key, headers: {} }, bytes)
    keys.push(key)
    expected.files.set(`object-${index}.bin`, digest(bytes))
  }
  return { files, keys, expected }
}

interface Running {
  readonly say: (word: 'pause' | 'resume' | 'retry' | 'quit') => void
  readonly send: (signal: NodeJS.Signals) => void
  /** All that it wrote. */
  readonly output: () => string
  readonly until: (words: RegExp) => Promise<void>
  readonly ended: Promise<unknown>
}

/** Starts the process, with a job for the first time. */
async function start(round: number, first: Pick<QueueJob, 'files' | 'keys'> | null): Promise<Running> {
  const job: QueueJob = {
    endpoint: line.endpoint,
    ...(await place.session.credentials()),
    bucket: place.open,
    directory: join(folder, 'transfers'),
    files: [],
    keys: [],
    ...first,
    prefix: `up-${round}/`,
    folder: join(folder, `down-${round}`),
    sizes: smallSizes,
    socketMs: 1000 + 2 * delayMs,
  }
  const script = join(import.meta.dirname, 'soak-process.ts')
  const child = spawn(typescriptNode(), [script, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-100_000)))
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'exit')
  return {
    say: (word) => void child.stdin.write(`${word}\n`),
    send: (signal) => void child.kill(signal),
    output: () => output,
    async until(words) {
      while (!words.test(output)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(
            `The process has ended (${child.exitCode ?? child.signalCode}): ${output.slice(-500)}`,
          )
        await sleep(5)
      }
    },
    ended,
  }
}

const hasNothingLeft = ({ output }: Running) => output().endsWith('left 0 failed 0\n')

/** Lets a process live for a while, during which it is paused, stopped and told to go on; then it dies. */
async function liveAndDie(process: Running, until: number): Promise<'done' | 'dead'> {
  const dies = Math.min(until, performance.now() + 300 + random() * 2000)
  while (performance.now() < dies) {
    await sleep(50 + random() * 250)
    if (hasNothingLeft(process)) return 'done'
    if (chance(0.15)) {
      counts.pauses++
      process.say('pause')
      await sleep(random() * 300)
    }
    if (chance(0.1)) {
      counts.stops++
      process.send('SIGSTOP')
      await sleep(random() * 1000)
      process.send('SIGCONT')
    }
    process.say('resume')
    if (/failed [1-9]\d*\n$/.test(process.output())) {
      counts.retries++
      process.say('retry')
    }
  }
  if (chance(0.2)) {
    counts.quits++
    process.say('quit')
  } else {
    counts.kills++
    process.send('SIGKILL')
  }
  await process.ended
  return 'dead'
}

/** What was done, compared with what was to be done. */
async function check(
  round: number,
  expected: Awaited<ReturnType<typeof prepare>>['expected'],
): Promise<void> {
  const problems: string[] = []
  const seen = new Set<string>()
  for await (const { key } of listAllObjects(place.session, { bucket: place.open, prefix: `up-${round}/` })) {
    seen.add(key)
    if (!expected.objects.has(key)) problems.push(`${key} is there as well`)
  }
  for (const [key, wanted] of expected.objects) {
    if (!seen.has(key)) problems.push(`${key} is missing`)
    const found = await getObjectBytes(place.session, { bucket: place.open, key, mostBytes: 2 ** 30 })
    if (found !== null && digest(found.bytes) !== wanted) problems.push(`${key} is not what was sent`)
  }
  const down = join(folder, `down-${round}`)
  const names = new Set(await readdir(down))
  for (const name of names) if (!expected.files.has(name)) problems.push(`${name} was left behind`)
  for (const [name, wanted] of expected.files) {
    if (!names.has(name)) problems.push(`${name} was not fetched`)
    else if (digest(await readFile(join(down, name))) !== wanted)
      problems.push(`${name} is not what is stored`)
  }
  const journals = await readdir(join(folder, 'transfers'))
  if (journals.length > 0) problems.push(`the list of transfers is not empty: ${journals.join(', ')}`)
  if (problems.length > 0) throw new Error(`Round ${round}:\n${problems.slice(0, 20).join('\n')}`)
}

/**
 * An upload that was begun with an answer that nobody heard, of a connection or a process that had died, is unknown to
 * everybody. It has no part, because parts are sent when the journal knows of the upload, and a sweep finds it.
 */
async function checkOrphans(): Promise<number> {
  const where = { bucket: place.open, prefix: '', olderThanSeconds: null }
  const nobody = { wanted: async () => ({ isWanted: () => false }), begun: { list: async () => [] } }
  const plan = await planSweep(place.session, where, nobody)
  const withParts = plan.uploads.filter(({ parts }) => parts !== 0)
  if (withParts.length > 0)
    throw new Error(`Left behind with their parts: ${withParts.map(({ key }) => key).join(', ')}`)
  const swept = await applySweep(place.session, plan, 'abandoned-and-unknown', nobody)
  if (
    swept.aborted !== plan.uploads.length ||
    (await planSweep(place.session, where, nobody)).uploads.length > 0
  )
    throw new Error('The sweep has left something.')
  return plan.uploads.length
}

const startedAt = performance.now()
const endsAt = startedAt + seconds * 1000
let rounds = 0
try {
  for (; rounds === 0 || performance.now() < endsAt; rounds++) {
    const { files, keys, expected } = await prepare(rounds)
    let child = await start(rounds, { files, keys })
    await child.until(/added\n/)
    let isDone = false
    while (!isDone && performance.now() < endsAt) {
      isDone = (await liveAndDie(child, endsAt)) === 'done'
      if (!isDone) {
        child = await start(rounds, null)
        await child.until(/restored \d+\n/)
      }
    }
    isCalm = performance.now() >= endsAt
    // The connections that were there before it was calm are as bad as they were.
    for (let patience = 0; !hasNothingLeft(child); patience++) {
      if (patience > 300) throw new Error(`It does not come to its end: ${child.output().slice(-500)}`)
      child.say('resume')
      child.say('retry')
      await sleep(200)
      // With nothing to do it has nothing to say.
      if (child.output().endsWith('restored 0\n')) break
    }
    child.say('quit')
    await child.ended
    if (!child.output().endsWith('closed []\n'))
      throw new Error(`Not all is done: ${child.output().slice(-800)}`)
    await check(rounds, expected)
  }
  counts.broken = line.broken()
  const unheard = await checkOrphans()
  const took = Math.round((performance.now() - startedAt) / 1000)
  console.log(
    `soak: ${rounds} × ${uploads + downloads} files in ${took} s, ${counts.kills} kills, ${counts.quits} quits, ${counts.stops} stops, ${counts.pauses} pauses, ${counts.broken} broken connections, ${counts.busy} busy answers, ${counts.answered} requests, ${counts.retries} times told to try again, ${unheard} uploads begun unheard: all is identical, and nothing is left over`,
  )
} catch (error) {
  console.error(`soak with PAIL_SOAK_SEED=${seed}:`, error, counts)
  process.exitCode = 1
} finally {
  await line.close()
  await scripted.close()
  await place.close()
  await rm(folder, { recursive: true, force: true })
}
