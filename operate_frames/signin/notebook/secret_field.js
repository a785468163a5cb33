// The field for a secret. What is typed stays in the DOM: it is no trait, so no saved notebook and no synced state
// can hold it. It leaves once, when Python asks, and is wiped in the same moment.

const A_CREDENTIALS_FILE = /^\s*(?:export\s+)?(?:ZEEBE|CAMUNDA)_[A-Z_]+\s*=/m;
const LINE = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s#]*))/;

// Names and values of the console's credentials file.
function parsed(text) {
  const found = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name, ...values] = LINE.exec(line) ?? [];
    if (name) found[name] = values.find((value) => value !== undefined) ?? "";
  }
  return found;
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// What stands in the fields beside it. Their own updates may come after a message that was sent later: they are held
// back while the kernel is busy with an earlier one, and a front end may send some of them on another way (a subshell).
function beside(input) {
  const form = input?.closest(".operate-frames-form");
  const others = form?.querySelectorAll("[class*=of-field-] input:is([type=text], [type=checkbox])") ?? [];
  const name = (other) => /of-field-(\w+)/.exec(other.closest("[class*=of-field-]").className)[1];
  return Object.fromEntries(
    [...others].map((other) => [name(other), other.type === "checkbox" ? other.checked : other.value]),
  );
}

export default () => {
  const inputs = new Set(); // one for each place that shows the field

  return {
    initialize({ model }) {
      const answer = (message) => {
        if (message.focus) [...inputs].at(-1)?.focus();
        if (message.ask === undefined) return;
        const filled = [...inputs].find((input) => input.value !== "");
        const said = { answer: message.ask, secret: filled?.value ?? "", fields: beside(filled ?? [...inputs].at(-1)) };
        for (const input of inputs) input.value = "";
        model.send(said);
      };
      model.on("msg:custom", answer);
      return () => model.off("msg:custom", answer);
    },

    render({ model, el }) {
      const id = `of-secret-${Math.random().toString(36).slice(2)}`;
      const input = element("input", { id, type: "password", autocomplete: "off", spellcheck: false });
      const label = element("label", { htmlFor: id });
      const note = element("div", { className: "of-note", id: `${id}-note` });
      const chooser = element("input", { type: "file", className: "of-file-input" });
      const choose = element("button", { type: "button", className: "of-choose", textContent: "choose it" });
      const file = element("div", { className: "of-file" }, "Or paste or drop the console's credentials file here, or ");
      file.append(choose, ".", chooser);
      el.append(label, input, note, file);
      input.setAttribute("aria-describedby", note.id);
      inputs.add(input);

      const form = () => el.closest(".operate-frames-form") ?? el;

      // A pasted file must not land in another field: those are synced. So the whole form listens, before it does.
      let pending = ""; // a file's secret, until the form has turned to the kind of server that the file is for
      const take = (text) => {
        const values = parsed(text);
        pending = values[model.get("secret_names").find((name) => values[name])] ?? "";
        const plain = model.get("plain_names").filter((name) => values[name]);
        model.send({ found: Object.fromEntries(plain.map((name) => [name, values[name]])) });
      };
      const put = (message) => {
        if (!message.filled || pending === "") return;
        [input.value, pending] = [pending, ""];
        input.focus();
      };
      const stop = (event) => {
        event.preventDefault();
        event.stopPropagation();
      };
      const pasted = (event) => {
        const text = event.clipboardData?.getData("text/plain") ?? "";
        if (!form().contains(event.target) || !A_CREDENTIALS_FILE.test(text)) return;
        stop(event);
        if (!model.get("disabled")) take(text);
      };
      const hovering = (event) => {
        if (event.dataTransfer.types.includes("Files") && form().contains(event.target)) stop(event);
      };
      const dropped = async (event) => {
        const [file] = event.dataTransfer.files;
        const text = event.dataTransfer.getData("text/plain");
        if (!form().contains(event.target) || !(file || A_CREDENTIALS_FILE.test(text))) return;
        stop(event);
        if (!model.get("disabled")) take(file ? await file.text() : text);
      };
      // In a notebook's command mode a letter typed at the list of servers would else run a command, such as a new cell.
      const shield = (event) => {
        const saves = event.ctrlKey || event.metaKey;
        if (form().contains(event.target)) event.target.toggleAttribute("data-lm-suppress-shortcuts", !saves);
      };
      window.addEventListener("keydown", shield, true);
      document.addEventListener("paste", pasted, true);
      document.addEventListener("dragover", hovering, true);
      document.addEventListener("drop", dropped, true);

      choose.addEventListener("click", () => chooser.click());
      chooser.addEventListener("change", async () => {
        if (chooser.files.length) take(await chooser.files[0].text());
        chooser.value = "";
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") model.send({ submit: true });
      });

      const show = () => {
        label.textContent = model.get("label");
        note.textContent = model.get("hint");
        input.disabled = choose.disabled = model.get("disabled");
        file.hidden = !model.get("takes_file");
        input.setAttribute("aria-invalid", String(model.get("trouble") !== ""));
      };
      const wipe = () => {
        input.value = "";
      };
      model.on("msg:custom", put);
      model.on("change", show);
      model.on("change:label", wipe); // another kind of server: a password is no token
      show();

      return () => {
        wipe();
        pending = "";
        inputs.delete(input);
        model.off("msg:custom", put);
        model.off("change", show);
        model.off("change:label", wipe);
        window.removeEventListener("keydown", shield, true);
        document.removeEventListener("paste", pasted, true);
        document.removeEventListener("dragover", hovering, true);
        document.removeEventListener("drop", dropped, true);
      };
    },
  };
};
