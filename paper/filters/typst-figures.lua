-- Writes figures for typst: over one column, or over both where the class says "wide".
-- Runs after citeproc, so that citations in captions are resolved by now.

local function as_typst(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), "typst"):gsub("%s+$", "")
end

function Figure(figure)
  local image
  figure:walk({ Image = function(found) image = found end })
  if not image then return nil end
  local wide = image.classes:includes("wide")
  local alt = (image.attributes.alt or ""):gsub("\\", "\\\\"):gsub('"', '\\"')
  local label = figure.identifier ~= "" and (" <" .. figure.identifier .. ">") or ""
  return pandoc.RawBlock("typst", table.concat({
    "#figure(",
    '  image("' .. image.src .. '", width: 100%, alt: "' .. alt .. '"),',
    "  caption: [" .. as_typst(figure.caption.long) .. "],",
    '  placement: auto, scope: "' .. (wide and "parent" or "column") .. '",',
    ")" .. label,
  }, "\n"))
end
