import type { Bridge } from '../src-preload/contract/api.ts'

declare global {
  interface Window {
    /** The bridge to the main process, put there by the preload. */
    readonly api: Bridge<File>
  }
}
