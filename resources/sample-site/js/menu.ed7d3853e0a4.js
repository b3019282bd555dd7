// Lets the menu be searched.
const field = document.querySelector('#search')
field?.addEventListener('input', () => {
  const wanted = field.value.trim().toLowerCase()
  for (const row of document.querySelectorAll('#menu li')) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted)
  }
})
