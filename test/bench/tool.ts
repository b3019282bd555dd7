import type { Command } from './measure.ts'

/** Where a tool is to work. */
export interface Place {
  readonly endpoint: string
  readonly bucket: string
  /** A folder for what the tool wants to remember; fresh for each repeat, kept between its phases. */
  readonly memory: string
}

/** A program that does some of what is measured. What it cannot do, or not be compared in, is not there. */
export interface Tool {
  readonly name: string
  /** Null when it is not on this computer. */
  version(): string | null
  /** Makes `site/` in the bucket equal to a folder, and sends only what differs when done again. */
  readonly sync?: (place: Place, folder: string) => Command
  /** Sends a folder to `site/`, whatever is there. */
  readonly upload?: (place: Place, folder: string) => Command
  /** Sends one file, of the folder `folder`, to `site/`. */
  readonly put?: (place: Place, folder: string, file: string) => Command
  /** Fetches `site/` and a name to a file of that name in a folder. */
  readonly get?: (place: Place, file: string, folder: string) => Command
  /** Prints one line for each object of the bucket. */
  readonly list?: (place: Place) => Command
  /** Makes so many links and says how long that took. */
  readonly presign?: (place: Place, count: number) => Command
  /** It asks about one file after the other: with latency it is given fewer of them. */
  readonly isSerial?: boolean
}
