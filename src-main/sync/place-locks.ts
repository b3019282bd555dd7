import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessIdentity, isAlive, ownIdentity } from '../transfers/process-identity.ts'

/** A place that a sync works on: a service and bucket in one text, and the prefix in it. */
export interface LockedPlace {
  readonly where: string
  readonly prefix: string
}

type Lock = LockedPlace & ProcessIdentity

/** Whether one of two places is in the other, or they are the same. */
export function placesOverlap(a: LockedPlace, b: LockedPlace): boolean {
  return a.where === b.where && (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix))
}

/** Of several that come at the same moment all withdraw; they come again so often, after a random while. */
const attempts = 5
const longestWaitMs = 150

/**
 * Keeps other processes on this computer out of a place (F45): a file per running sync in a folder that all share.
 * Answers the function that gives the place back, or null when a sync of a living process is in it, above it or below
 * it. What a killed process left behind is cleared away. Throws when the folder cannot be written to.
 *
 * Each writes its file first and looks around second, and withdraws when it sees another's: so of two at most one goes
 * on, because the one that looks later sees the file of the one that looked earlier.
 */
export async function lockPlace(
  directory: string,
  place: LockedPlace,
): Promise<(() => Promise<void>) | null> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const id = `${process.pid.toString(36)}-${randomBytes(8).toString('hex')}`
  const path = join(directory, `${id}.lock`)
  const lock: Lock = { ...(await ownIdentity()), ...place }
  for (let attempt = 1; ; attempt++) {
    try {
      await write(path, lock)
      // What was done there is told all the same: a lock that cannot be removed ends with this process.
      if (!(await isOccupied(directory, place, id)))
        return () => rm(path, { force: true }).catch(() => undefined)
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined)
      throw error
    }
    await rm(path, { force: true })
    if (attempt >= attempts) return null
    await sleep(Math.random() * longestWaitMs)
  }
}

async function write(path: string, lock: Lock): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(JSON.stringify(lock))
  } finally {
    await file.close()
  }
}

/** Whether a living other is in an overlapping place. What the dead have left is removed. */
async function isOccupied(directory: string, place: LockedPlace, own: string): Promise<boolean> {
  let occupied = false
  for (const name of await readdir(directory)) {
    const id = /^([0-9a-z]+-[0-9a-f]{16})\.lock$/.exec(name)?.[1]
    if (id === undefined || id === own) continue
    const path = join(directory, name)
    const lock = await read(path)
    if (lock === 'gone') continue
    // Half a file is one that is being written at this moment, unless its writer did not live to finish.
    const owner = lock === 'unreadable' ? { pid: pidOf(name), processStart: null } : lock
    if (!(await isAlive(owner))) await rm(path, { force: true })
    else if (lock === 'unreadable' || placesOverlap(lock, place)) occupied = true
  }
  return occupied
}

function pidOf(name: string): number {
  return Number.parseInt(name.slice(0, name.indexOf('-')), 36)
}

async function read(path: string): Promise<Lock | 'gone' | 'unreadable'> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'gone' : 'unreadable'
  }
  return parseLock(text) ?? 'unreadable'
}

function parseLock(text: string): Lock | null {
  let value: Partial<Record<keyof Lock, unknown>> | null
  try {
    value = JSON.parse(text) as typeof value
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { pid, processStart, where, prefix } = value
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return null
  if (typeof where !== 'string' || typeof prefix !== 'string') return null
  return { pid, processStart: typeof processStart === 'string' ? processStart : null, where, prefix }
}
