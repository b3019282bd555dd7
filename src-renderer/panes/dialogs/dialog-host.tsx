import type { DialogRequest } from '../../stores/view-store.ts'
import { useFrom, useWindow } from '../window-context.ts'
import { AccessDialog } from './access-dialog.tsx'
import { AwsProfilesDialog } from './aws-profiles-dialog.tsx'
import { AddBucketDialog, CreateBucketDialog, DeleteBucketDialog } from './bucket-dialogs.tsx'
import { DeadLinksDialog } from './dead-links-dialog.tsx'
import { DeleteProfileDialog } from './delete-profile-dialog.tsx'
import { DeleteDestinationDialog, DestinationDialog } from './destination-dialogs.tsx'
import { DjangoExportDialog } from './django-export-dialog.tsx'
import { DjangoImportDialog } from './django-import-dialog.tsx'
import { DeleteDialog, NewFolderDialog, RenameDialog } from './object-dialogs.tsx'
import { LeakScanDialog } from './leak-scan-dialog.tsx'
import { LinkNoteDialog, SigningKeysDialog } from './link-dialogs.tsx'
import { RequestUploadDialog } from './request-upload-dialog.tsx'
import { RevokeLinksDialog } from './revoke-links-dialog.tsx'
import { ShareLinkDialog } from './share-link-dialog.tsx'
import { SetupBucketDialog } from './setup-bucket-dialog.tsx'
import { SetupUndoDialog } from './setup-dialog.tsx'
import { ProfileDialog } from './profile-dialog.tsx'
import { TypedFolderDialog } from '../typed-folder-dialog.tsx'
import { CustomExpiryDialog, ShortcutsDialog } from './small-dialogs.tsx'
import { UploadsDialog } from './uploads-dialog.tsx'
import { UndoVisibilityDialog } from './undo-visibility-dialog.tsx'
import { VisibilityDialog } from './visibility-dialog.tsx'
import './dialogs.css'

/** The open dialog, if any. */
export function DialogHost() {
  const dialog = useFrom(
    (all) => all.view,
    (state) => state.dialog,
  )
  const folderQuestion = useFrom(
    (all) => all.view,
    (state) => state.folderQuestion,
  )
  return (
    <>
      {dialog === null ? null : <OpenDialog dialog={dialog} />}
      {folderQuestion === 'download' ? <TypedFolderDialog purpose="download" /> : null}
    </>
  )
}

function OpenDialog({ dialog }: { dialog: DialogRequest }) {
  const { stores } = useWindow()
  const close = stores.view.getState().closeDialog
  switch (dialog.kind) {
    case 'profile':
      return <ProfileDialog profileId={dialog.profileId} onClose={close} />
    case 'aws-profiles':
      return <AwsProfilesDialog onClose={close} />
    case 'delete-profile':
      return <DeleteProfileDialog profileId={dialog.profileId} onClose={close} />
    case 'create-bucket':
      return <CreateBucketDialog onClose={close} />
    case 'add-bucket':
      return <AddBucketDialog onClose={close} />
    case 'delete-bucket':
      return <DeleteBucketDialog bucket={dialog.bucket} onClose={close} />
    case 'uploads':
      return <UploadsDialog bucket={dialog.bucket} onClose={close} />
    case 'destination':
      return <DestinationDialog destination={dialog.destination} preset={dialog.preset} onClose={close} />
    case 'delete-destination':
      return <DeleteDestinationDialog destination={dialog.destination} onClose={close} />
    case 'new-folder':
      return <NewFolderDialog onClose={close} />
    case 'rename':
      return <RenameDialog objectKey={dialog.key} onClose={close} />
    case 'delete':
      return <DeleteDialog keys={dialog.keys} prefixes={dialog.prefixes} onClose={close} />
    case 'visibility':
      return (
        <VisibilityDialog
          keys={dialog.keys}
          prefixes={dialog.prefixes}
          visibility={dialog.visibility}
          onClose={close}
        />
      )
    case 'access':
      return <AccessDialog profileId={dialog.profileId} bucket={dialog.bucket} onClose={close} />
    case 'leak-scan':
      return (
        <LeakScanDialog
          profileId={dialog.profileId}
          bucket={dialog.bucket}
          prefix={dialog.prefix}
          onClose={close}
        />
      )
    case 'link-note':
      return <LinkNoteDialog linkIds={dialog.linkIds} note={dialog.note} onClose={close} />
    case 'dead-links':
      return <DeadLinksDialog wanted={dialog.wanted} how={dialog.how} dead={dialog.dead} onClose={close} />
    case 'revoke-links':
      return <RevokeLinksDialog target={dialog.target} service={dialog.service} onClose={close} />
    case 'signing-keys':
      return <SigningKeysDialog onClose={close} />
    case 'undo-setup':
      return (
        <SetupUndoDialog
          profileId={dialog.profileId}
          bucket={dialog.bucket}
          setupId={dialog.setupId}
          calls={dialog.calls}
          opens={dialog.opens}
          onClose={close}
        />
      )
    case 'undo-visibility':
      return <UndoVisibilityDialog plan={dialog.plan} profileId={dialog.profileId} onClose={close} />
    case 'setup-bucket':
      return <SetupBucketDialog profileId={dialog.profileId} bucket={dialog.bucket} onClose={close} />
    case 'django-import':
      return <DjangoImportDialog onClose={close} />
    case 'django-export':
      return <DjangoExportDialog profileId={dialog.profileId} bucket={dialog.bucket} onClose={close} />
    case 'custom-expiry':
      return <CustomExpiryDialog keys={dialog.keys} onClose={close} />
    case 'share-link':
      return (
        <ShareLinkDialog
          target={dialog.target}
          kind={dialog.linkKind}
          expiresInSeconds={dialog.expiresInSeconds}
          onClose={close}
        />
      )
    case 'request-upload':
      return <RequestUploadDialog target={dialog.target} onClose={close} />
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />
  }
}
