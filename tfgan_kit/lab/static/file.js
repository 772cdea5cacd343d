// A field for one file; one that is too large to be sent is not read.
export function render({ model }) {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = model.accept;
  input.style.cssText = "width: 100%; font: 13px system-ui, sans-serif";
  // The same file may be chosen again.
  input.addEventListener("click", () => (input.value = ""));
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    model.send_msg(file.size > model.most ? {} : { content: await file.arrayBuffer() });
  });
  return input;
}
