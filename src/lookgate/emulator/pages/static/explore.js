// Finding a field by typing; without this script every field is simply listed.
const find = document.querySelector("[data-find]");
if (find) {
  find.hidden = false;
  const groups = [...document.querySelectorAll(".groups details")];
  const opened = new Set(groups.filter((group) => group.open));
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const group of groups) {
      let any = false;
      for (const item of group.querySelectorAll("li")) {
        const text = `${item.textContent} ${item.querySelector("input").value}`.toLowerCase();
        item.hidden = wanted !== "" && !text.includes(wanted);
        any ||= !item.hidden;
      }
      group.hidden = !any;
      group.open = wanted === "" ? opened.has(group) : any;
    }
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
