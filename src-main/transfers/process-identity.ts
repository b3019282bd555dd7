import { readFile } from 'node:fs/promises'

/** A process of this computer, told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number
  /** Null where the system does not say. */
  readonly processStart: string | null
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, processStart: await startOf(process.pid) }
}

/** Whether a process runs still; where the system does not tell when it began, one with its number counts. */
export async function isAlive({ pid, processStart }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process is alive all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return processStart === null || now === null || processStart === now
}

/** When a process was started, in the kernel's ticks since boot (Linux, `proc(5)`); null elsewhere. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return null
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  // The name of the program may hold spaces and parentheses; the fields after it do not.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}
