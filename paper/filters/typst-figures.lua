-- Writes figures for typst, floating over both columns: as wide as the page where the class says
-- "wide", several beside each other in a "row", or one alone. Wide tables float like these. All
-- go to the top of a page: between floats above and below, text would be cut into single lines.
-- Runs after citeproc, so that citations in captions are resolved by now.

local function as_typst(blocks)
  return (pandoc.write(pandoc.Pandoc(blocks), "typst"):gsub("%s+$", ""))
end

local function image_of(figure)
  local image
  figure:walk({ Image = function(found) image = found end })
  return image
end

-- A text as a string of typst.
local function quoted(text)
  return (text:gsub("\\", "\\\\"):gsub('"', '\\"'))
end

-- A formula is read aloud as its source in TeX: PDF/UA asks that there be something to read.
local function math(formula)
  local block = tostring(formula.mathtype == "DisplayMath")
  return pandoc.RawInline("typst", table.concat({
    '#math.equation(alt: "', quoted(formula.text), '", block: ', block, ", ",
    as_typst({ pandoc.Plain({ formula }) }), ".body)",
  }))
end

local function typst_figure(figure, placement)
  local image = image_of(figure)
  -- Newer pandoc takes the attribute `alt` of a figure for the description of its image.
  local said = image.attributes.alt or pandoc.utils.stringify(image.caption)
  local alt = quoted(said)
  local label = figure.identifier ~= "" and (" <" .. figure.identifier .. ">") or ""
  return table.concat({
    "#figure(",
    '  image("' .. image.src .. '", width: 100%, alt: "' .. alt .. '"),',
    "  caption: [" .. as_typst(figure.caption.long) .. "],",
    "  " .. placement,
    ")" .. label,
  }, "\n")
end

local function over_both(content, where)
  local place = "#place(" .. (where or "top") .. ", scope: \"parent\", float: true)[\n"
  return pandoc.RawBlock("typst", place .. content .. "\n]")
end

local function figure(block)
  local image = image_of(block)
  if not image then return nil end
  if image.classes:includes("wide") then
    return pandoc.RawBlock("typst", typst_figure(block, 'placement: top, scope: "parent",')), false
  end
  -- Alone, a figure floats over both columns too: between floats of the page a column may have
  -- less room than the figure needs, and typst would then cut it off.
  local alone = "#block(width: 50%)[" .. typst_figure(block, "placement: none,") .. "]"
  return over_both(alone, "top + center"), false
end

local function div(block)
  if block.classes:includes("row") then
    local cells = pandoc.List()
    for _, one in ipairs(block.content) do
      cells:insert("[" .. typst_figure(one, "placement: none,") .. "]")
    end
    local columns = "(" .. string.rep("1fr, ", #cells) .. ")"
    local grid = "#grid(columns: " .. columns .. ", column-gutter: 0.75cm,\n"
    return over_both(grid .. table.concat(cells, ",\n") .. ")"), false
  elseif block.classes:includes("wide") then
    return over_both(as_typst(block.content)), false
  end
end

return { { traverse = "topdown", Figure = figure, Div = div }, { Math = math } }
