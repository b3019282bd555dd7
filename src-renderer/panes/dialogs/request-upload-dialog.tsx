import { Copy } from 'lucide-react'
import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import { fillKeyTemplate, keyTemplateReads } from '../../../src-preload/contract/key-template.ts'
import { linkExpiryChoices } from '../../../src-preload/contract/link-expiry.ts'
import { mediaTypePattern } from '../../../src-preload/contract/media-type.ts'
import { uploadCommand } from '../../../src-preload/contract/upload-command.ts'
import { bytesOf, type WantedSize } from '../../../src-preload/contract/upload-size.ts'
import type { UploadRequest } from '../../../src-preload/contract/upload-request.ts'
import { Button } from '../../components/button.tsx'
import { CheckField, SelectField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { namingOf, type UploadTarget } from '../../stores/upload-rules.ts'
import { expiryLabel } from '../../text/link-text.ts'
import {
  maskedUrl,
  requestLetter,
  requestRemarks,
  requestSizes,
  requestTypes,
} from '../../text/share-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useWindow } from '../window-context.ts'
import { MailButton } from './mail-button.tsx'
import './share-dialogs.css'

interface RequestUploadDialogProps {
  target: UploadTarget
  onClose: () => void
}

/** Makes a link with which somebody else uploads one file here. It is nowhere once the dialog is closed (S41). */
export function RequestUploadDialog({ target, onClose }: RequestUploadDialogProps) {
  const [request, setRequest] = useState<UploadRequest | null>(null)
  return request === null ? (
    <RequestForm target={target} onMade={setRequest} onClose={onClose} />
  ) : (
    <MadeRequest bucket={target.bucket} request={request} onClose={onClose} />
  )
}

function RequestForm({
  target,
  onMade,
  onClose,
}: RequestUploadDialogProps & { onMade: (request: UploadRequest) => void }) {
  const { stores, commands } = useWindow()
  const [name, setName] = useState('')
  const [type, setType] = useState('')
  const [otherType, setOtherType] = useState('')
  const [sizeKind, setSizeKind] = useState<'' | WantedSize['kind']>('')
  const [sizeText, setSizeText] = useState('')
  const [seconds, setSeconds] = useState(() => target.destination?.linkExpirySeconds ?? commands.linkExpiry())
  const [mustNotReplace, setMustNotReplace] = useState(true)
  const [today] = useState(() => new Date())
  const [shown, setShown] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AppError | null>(null)

  const naming = namingOf(target)
  // What is made of the bytes cannot be in the name before they come.
  const reads = naming.template !== null && keyTemplateReads(naming.template)
  const clean = name.trim()
  const nameProblem = clean === '' || clean.endsWith('/') ? 'Give the file a name, such as photo.jpg.' : null
  const typeProblem =
    type === 'other' && !mediaTypePattern.test(otherType.trim()) ? 'A media type such as image/tiff.' : null

  const bytes = sizeKind === '' ? null : bytesOf(sizeKind === 'at-most' ? inMegabytes(sizeText) : sizeText)
  const sizeProblem =
    sizeKind === '' || bytes !== null
      ? null
      : sizeKind === 'at-most'
        ? 'A size such as 20 MB, of at most 5 GiB.'
        : 'The number of bytes, at most 5 GiB.'
  const make = async () => {
    setShown(true)
    if (nameProblem !== null || typeProblem !== null || sizeProblem !== null) return
    setBusy(true)
    const result = await stores.links.getState().requestUpload({
      profileId: target.profileId,
      bucket: target.bucket,
      prefix: target.prefix,
      name: clean,
      ...(reads ? {} : { naming }),
      type: type === '' ? null : type === 'other' ? otherType.trim() : type,
      mustNotReplace,
      ...(sizeKind === '' || bytes === null ? {} : { size: { kind: sizeKind, bytes } }),
      expiresInSeconds: seconds,
    })
    setBusy(false)
    if (result.ok) onMade(result.value)
    else setError(result.error)
  }

  const known = linkExpiryChoices.some((choice) => choice.seconds === seconds)
  return (
    <Dialog
      title="Request an upload"
      description="Makes a link with which somebody without keys uploads one file to this bucket."
      onClose={onClose}
      onSubmit={() => void make()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy}>
            {busy ? 'Making the link…' : 'Make link'}
          </Button>
        </>
      }
    >
      <TextField
        label="File name"
        value={name}
        onValue={setName}
        placeholder="photo.jpg"
        maxLength={512}
        problem={shown ? nameProblem : null}
        hint={
          <>
            {reads ? 'The names here are made of the bytes, so that this one is taken as it is: ' : ''}
            <span className="mono">
              {visibleName(
                `${target.bucket}/${target.prefix}${shownName(clean, reads ? null : naming.template, today)}`,
              )}
            </span>
          </>
        }
      />
      <div className="field-grid">
        <SelectField label="Type" options={requestTypes} value={type} onValue={setType} />
        <SelectField
          label="Works for"
          options={[
            ...linkExpiryChoices.map((choice) => ({ value: String(choice.seconds), label: choice.label })),
            ...(known ? [] : [{ value: String(seconds), label: expiryLabel(seconds) }]),
          ]}
          value={String(seconds)}
          onValue={(value) => setSeconds(Number(value))}
        />
      </div>
      {type === 'other' ? (
        <TextField
          label="Media type"
          className="input mono"
          value={otherType}
          onValue={setOtherType}
          placeholder="image/tiff"
          maxLength={255}
          problem={shown ? typeProblem : null}
        />
      ) : null}
      <div className="field-grid">
        <SelectField label="Size" options={requestSizes} value={sizeKind} onValue={setSizeKind} />
        {sizeKind === '' ? null : (
          <TextField
            label={sizeKind === 'at-most' ? 'MB' : 'Bytes'}
            value={sizeText}
            onValue={setSizeText}
            placeholder={sizeKind === 'at-most' ? '20' : '48213'}
            maxLength={20}
            problem={shown ? sizeProblem : null}
          />
        )}
      </div>
      <CheckField
        label="Replace nothing"
        checked={mustNotReplace}
        onChecked={setMustNotReplace}
        hint="The upload is refused when there is a file of this name, where the service can do that."
      />
      <p className="muted">
        The file has to have this type. {sizeHints[sizeKind]} It is as private as other files of the bucket.
      </p>
    </Dialog>
  )
}

function MadeRequest({
  bucket,
  request,
  onClose,
}: {
  bucket: string
  request: UploadRequest
  onClose: () => void
}) {
  const { commands } = useWindow()
  const copied = (text: string, title: string) => void commands.copyText(text, title)
  return (
    <Dialog
      title="The upload link is made"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Done</Button>
          <MailButton letter={requestLetter(request)} />
          <Button
            kind="primary"
            icon={Copy}
            onClick={() => copied(uploadCommand(request, 'posix'), 'curl command copied')}
          >
            Copy curl command
          </Button>
        </>
      }
    >
      <dl className="facts">
        <dt>File</dt>
        <dd className="mono">{visibleName(`${bucket}/${request.key}`)}</dd>
        <dt>Works until</dt>
        <dd>
          <TimeText iso={request.endsAt} />
        </dd>
        {request.headers.map(({ name, value }) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>Has to send</dt>
            <dd className="mono">
              {name}: {value}
            </dd>
          </div>
        ))}
        <dt>Link</dt>
        <dd className="mono">{visibleName(maskedUrl(request.url))}</dd>
      </dl>
      <ul className="share-remarks">
        {requestRemarks(request).map((remark) => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
      <div className="row">
        <Button icon={Copy} onClick={() => copied(request.url, 'Upload link copied')}>
          Copy link
        </Button>
        <Button
          icon={Copy}
          onClick={() => copied(uploadCommand(request, 'powershell'), 'PowerShell command copied')}
        >
          Copy for PowerShell
        </Button>
      </div>
      <p className="muted">
        The link is not kept here: copy it before you close this.{' '}
        {request.recordId === null
          ? 'It could not be added to the list of links.'
          : 'It is listed under Links, without its signature.'}
      </p>
    </Dialog>
  )
}

const sizeHints: Readonly<Record<'' | WantedSize['kind'], string>> = {
  '': 'Its size cannot be limited: S3 has no means for it.',
  'at-most':
    'The size is asked of the sender, and compared when the file has come: S3 has no means to limit it.',
  exactly: 'The size is signed: the service refuses every other one.',
}

/** A bare number is one of megabytes. */
function inMegabytes(text: string): string {
  return /^[\d.]+$/.test(text.trim()) ? `${text.trim()}MB` : text
}

/** What the key will end with, as far as it is known before it is made. */
function shownName(name: string, template: string | null, at: Date): string {
  const fileName = name === '' ? 'photo.jpg' : name
  if (template === null) return fileName
  return fillKeyTemplate(template, { folder: '', fileName, at, hash8: '', uuid: '…' })
}
