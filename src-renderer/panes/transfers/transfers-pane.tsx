import { ArrowDown, ArrowUp, ArrowUpDown, RotateCw, X } from 'lucide-react'
import type { Transfer, TransferState } from '../../../src-preload/contract/transfer.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { PaneHeader } from '../../components/pane-header.tsx'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { VisibilityBadge } from '../../components/visibility-badge.tsx'
import type { Column } from '../../components/column.ts'
import { VirtualTable } from '../../components/virtual-table.tsx'
import { VisibleName } from '../../components/visible-name.tsx'
import { liveTransfers } from '../../stores/transfer-store.ts'
import { errorText } from '../../text/error-text.ts'
import { formatBytes } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom, useWindow } from '../window-context.ts'
import type { Commands } from '../commands.ts'
import type { Stores } from '../../stores/create-stores.ts'
import './transfers.css'

const stateWords: { readonly [State in TransferState]: string } = {
  queued: 'Waiting',
  running: 'Running',
  'waiting-to-retry': 'Trying again soon',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  skipped: 'Skipped',
}

/** Everything that moves or has moved, with what can be done about it. */
export function TransfersPane() {
  const { stores, commands } = useWindow()
  const snapshot = useFrom(
    (all) => all.transfers,
    (state) => state.snapshot,
  )
  const live = liveTransfers(snapshot)
  const { counts, transfers } = snapshot
  const ended = counts.done + counts.failed + counts.cancelled + counts.skipped
  const feed = stores.transfers.getState()
  return (
    <>
      <PaneHeader
        actions={
          <>
            {counts.failed > 0 ? (
              <Button onClick={() => void feed.retry('failed').then(commands.fail)}>Retry failed</Button>
            ) : null}
            {live > 0 ? (
              <Button onClick={() => void feed.cancel('all').then(commands.fail)}>Cancel all</Button>
            ) : null}
          </>
        }
        primary={
          <Button disabled={ended === 0} onClick={() => void feed.clear().then(commands.fail)}>
            Clear finished
          </Button>
        }
      >
        <h1>Transfers</h1>
        <span className="muted numeric">{summary(counts)}</span>
      </PaneHeader>
      {transfers.length === 0 ? (
        <EmptyState icon={ArrowUpDown} title="No transfers">
          Uploads and downloads appear here, with their progress and what went wrong.
        </EmptyState>
      ) : (
        <VirtualTable
          tableId="transfers"
          label="Transfers"
          columns={columns(stores, commands)}
          count={transfers.length}
          rowAt={(index) => transfers[index]}
          rowId={(transfer) => transfer.id}
        />
      )}
    </>
  )
}

function columns(stores: Stores, commands: Commands): readonly Column<Transfer>[] {
  const feed = stores.transfers.getState()
  return [
    {
      id: 'name',
      label: 'Name',
      width: 240,
      name: (transfer) =>
        `${transfer.direction === 'upload' ? 'Upload' : 'Download'} ${visibleName(transfer.name)}`,
      cell: (transfer) => {
        const Icon = transfer.direction === 'upload' ? ArrowUp : ArrowDown
        return (
          <>
            <Icon size={14} aria-label={transfer.direction === 'upload' ? 'Upload' : 'Download'} />
            <VisibleName name={transfer.name} />
          </>
        )
      },
    },
    {
      id: 'state',
      label: 'State',
      width: 200,
      grow: 1,
      cell: (transfer) => <StateCell transfer={transfer} />,
    },
    {
      id: 'size',
      label: 'Size',
      width: 90,
      align: 'end',
      cell: (transfer) => formatBytes(transfer.sizeBytes),
    },
    {
      id: 'visibility',
      label: 'Asked for',
      width: 90,
      optional: true,
      cell: (transfer) =>
        transfer.visibility === null ? '' : <VisibilityBadge visibility={transfer.visibility} />,
    },
    {
      id: 'place',
      label: 'Where',
      width: 220,
      optional: true,
      cell: (transfer) => <VisibleName name={`${transfer.bucket}/${transfer.key}`} splitsExtension={false} />,
    },
    {
      id: 'actions',
      label: 'Actions',
      width: 70,
      align: 'end',
      cell: (transfer) =>
        isLive(transfer) ? (
          <IconButton
            icon={X}
            label={`Cancel ${transfer.name}`}
            onClick={() => void feed.cancel([transfer.id]).then(commands.fail)}
          />
        ) : transfer.state === 'failed' || transfer.state === 'cancelled' ? (
          <IconButton
            icon={RotateCw}
            label={`Retry ${transfer.name}`}
            onClick={() => void feed.retry([transfer.id]).then(commands.fail)}
          />
        ) : null,
    },
  ]
}

function StateCell({ transfer }: { transfer: Transfer }) {
  if (transfer.state === 'running') {
    const fraction = transfer.sizeBytes > 0 ? transfer.movedBytes / transfer.sizeBytes : null
    return (
      <>
        <ProgressBar label={`Progress of ${transfer.name}`} fraction={fraction} />
        <span className="numeric small">{fraction === null ? '' : `${Math.floor(fraction * 100)} %`}</span>
      </>
    )
  }
  const { error, note } = transfer
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

function isLive(transfer: Transfer): boolean {
  return transfer.state === 'queued' || transfer.state === 'running' || transfer.state === 'waiting-to-retry'
}

function summary(
  counts: Readonly<Record<'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'skipped', number>>,
) {
  const words = {
    running: 'running',
    queued: 'waiting',
    done: 'done',
    failed: 'failed',
    skipped: 'skipped',
  } as const
  return Object.entries(words)
    .map(([name, word]) => [counts[name as keyof typeof words], word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count.toLocaleString()} ${word}`)
    .join(', ')
}
