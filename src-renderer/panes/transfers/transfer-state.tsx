import type { PausedBy, Transfer, TransferState } from '../../../src-preload/contract/transfer.ts'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { errorText } from '../../text/error-text.ts'

const stateWords: { readonly [State in TransferState]: string } = {
  queued: 'Waiting',
  running: 'Running',
  paused: 'Paused',
  'waiting-to-retry': 'Trying again soon',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
}

/** What a paused transfer waits for, and what is to be done about it. */
const pauseWords: { readonly [By in PausedBy]: { readonly is: string; readonly next: string } } = {
  person: { is: 'Paused', next: 'It goes on from where it is when you press Resume.' },
  offline: {
    is: 'Paused: offline',
    next: 'It goes on by itself when the service can be reached again, from where it is.',
  },
  'sign-in': {
    is: 'Paused: sign in again',
    next: 'Enter new keys in the profile, or sign in again, and press Resume. It goes on from where it is.',
  },
}

/** How a transfer stands, in a bar or in words. */
export function TransferStateCell({ transfer }: { transfer: Transfer }) {
  const { error, note, pausedBy } = transfer
  const fraction = transfer.sizeBytes > 0 ? transfer.movedBytes / transfer.sizeBytes : null
  const percent = fraction === null ? '' : `${Math.floor(fraction * 100)} %`
  if (transfer.state === 'running') {
    return (
      <>
        <ProgressBar label={`Progress of ${transfer.name}`} fraction={fraction} />
        <span className="numeric small">{percent}</span>
      </>
    )
  }
  if (pausedBy !== undefined) {
    const words = pauseWords[pausedBy]
    const why = error === null ? '' : ` ${error.message}`
    return (
      <span
        className={pausedBy === 'sign-in' ? 'transfer-alarm truncate' : 'truncate'}
        title={`${words.next}${why}`}
      >
        {words.is}
        {transfer.movedBytes > 0 && percent !== '' ? ` at ${percent}` : ''}
      </span>
    )
  }
  if (error !== null && transfer.state !== 'cancelled') {
    const text = errorText(error.code)
    const code = error.s3Code === undefined ? '' : ` (${error.s3Code})`
    return (
      <span className="transfer-alarm truncate" title={`${text.means} ${text.next} ${error.message}${code}`}>
        {stateWords[transfer.state]}: {text.happened}
      </span>
    )
  }
  return (
    <span className="truncate" {...(note === null ? {} : { title: note })}>
      {stateWords[transfer.state]}
      {note === null ? '' : `: ${note}`}
    </span>
  )
}
