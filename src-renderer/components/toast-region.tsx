import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import './toast-region.css'

/** Toasts can be added from anywhere through this. */
export const toasts = Toast.createToastManager()

/** Where toasts appear. */
export function ToastRegion() {
  return (
    <Toast.Provider toastManager={toasts} timeout={6000} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toast-viewport">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { toasts: list } = Toast.useToastManager()
  return list.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={[]}
      className={toast.type === 'error' ? 'toast toast-error' : 'toast'}
    >
      <Toast.Content className="toast-content">
        <div className="toast-words">
          <Toast.Title className="toast-title" />
          <Toast.Description className="toast-description" />
        </div>
        {toast.actionProps === undefined ? null : <Toast.Action className="button button-normal" />}
        <Toast.Close className="icon-button" aria-label="Dismiss">
          <X size={14} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
