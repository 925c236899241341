// ReDoc shows a picture from elsewhere beside its name. The page loads nothing from elsewhere, so it is as if that were missing.
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');

HTMLImageElement.prototype.setAttribute = function (name, value) {
  const isForeign = name === 'src' && !['data:', 'blob:'].includes(new URL(value, location).protocol)
    && new URL(value, location).origin !== location.origin;
  if (isForeign) setTimeout(() => this.dispatchEvent(new Event('error')));
  else Element.prototype.setAttribute.call(this, name, value);
};

Object.defineProperty(HTMLImageElement.prototype, 'src', {
  get: source.get,
  set(value) { this.setAttribute('src', value); },
});
