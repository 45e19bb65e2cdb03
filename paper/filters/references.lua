-- Resolves @fig:…, @tbl:…, @eq:… and @sec:… for HTML and typst alike; stops on an unknown one.
-- Runs before citeproc, which would take them for citations.

local numbers, titles = {}, {}
local names = { fig = "Figure", tbl = "Table", eq = "Equation", sec = "Section" }
local is_typst = FORMAT:match("typst")

local function kind_of(id)
  local kind = id:match("^(%a+):")
  return names[kind] and kind
end

local function claim(id, number)
  if numbers[id] then error("paper: the label " .. id .. " is given twice") end
  numbers[id] = number
end

-- First pass, in document order: who has which number.
local function number_all(document)
  local count = { fig = 0, tbl = 0, eq = 0 }
  local section = { 0, 0, 0, 0, 0, 0 }
  local function next_number(id)
    local kind = kind_of(id)
    if kind and kind ~= "sec" then
      count[kind] = count[kind] + 1
      claim(id, tostring(count[kind]))
    end
  end
  document:walk({
    traverse = "topdown",
    Header = function(header)
      if header.classes:includes("unnumbered") then return end
      section[header.level] = section[header.level] + 1
      for deeper = header.level + 1, 6 do section[deeper] = 0 end
      if kind_of(header.identifier) then
        claim(header.identifier, table.concat(section, ".", 1, header.level))
      end
    end,
    Figure = function(figure) next_number(figure.identifier) end,
    Div = function(div) next_number(div.identifier) end,
  })
end

local function reference(cite)
  local out = pandoc.List()
  for index, citation in ipairs(cite.citations) do
    local kind = kind_of(citation.id)
    if not kind then return nil end
    local number = numbers[citation.id]
    if not number then
      error("paper: unknown reference @" .. citation.id .. "; nothing carries that label")
    end
    if index > 1 then out:insert(pandoc.Str(", ")) end
    if is_typst then
      out:insert(pandoc.RawInline("typst", "#ref(<" .. citation.id .. ">)"))
    else
      out:insert(pandoc.Link(names[kind] .. "\u{a0}" .. number, "#" .. citation.id))
    end
  end
  return out
end

local function lead_in(kind, id)
  return pandoc.Span(
    { pandoc.Str(names[kind] .. "\u{a0}" .. numbers[id] .. ". ") },
    pandoc.Attr("", { "caption-number" })
  )
end

local function caption_first(caption, kind, id)
  local first = caption.long[1]
  if first then first.content:insert(1, lead_in(kind, id)) end
end

local function figure(block)
  if is_typst or not numbers[block.identifier] then return nil end
  caption_first(block.caption, "fig", block.identifier)
  return block
end

local function labelled(div)
  local id = div.identifier
  if not numbers[id] then return nil end
  local kind = kind_of(id)
  if kind == "tbl" then
    if is_typst then div.identifier = "" end
    local block = div:walk({
      Table = function(block)
        if is_typst then
          block.identifier = id
        else
          caption_first(block.caption, "tbl", id)
        end
        return block
      end,
    })
    -- Typst takes the label from the table itself.
    if is_typst and div.classes:includes("wide") then return pandoc.Div(block.content, pandoc.Attr("", { "wide" })) end
    return is_typst and block.content or block
  end
  if kind == "eq" and is_typst then
    local math = div.content[1].content[1]
    return pandoc.Para({ math, pandoc.RawInline("typst", " <" .. id .. ">") })
  elseif kind == "eq" then
    div.classes:insert("equation")
    div.content:insert(pandoc.Plain({ pandoc.Span({ "(" .. numbers[id] .. ")" }, pandoc.Attr("", { "eq-number" })) }))
    return div
  end
end

-- What only one of the two documents shows: the map to play with, and what a PDF says in its place.
local function one_document_only(div)
  local unwanted = is_typst and "only-html" or "only-pdf"
  if div.classes:includes(unwanted) then return {} end
end

-- Where a figure comes from, as links; a PDF has them in a table of its own.
local function origin(span)
  if is_typst or not span.classes:includes("origin") then return nil end
  local results = span.attributes.results
  local stem = results:gsub("%.json$", "")
  span.content:extend({
    pandoc.Str(" Made by "),
    pandoc.Link(span.attributes.notebook .. " (notebook)", "notebooks/" .. stem .. ".ipynb"),
    pandoc.Str("; numbers: "),
    pandoc.Link(results, "results/" .. results),
    pandoc.Str("."),
  })
  span.attributes = {}
  return span
end

return {
  { Div = one_document_only },
  { Span = origin },
  { Pandoc = function(document) number_all(document) end },
  { Cite = reference },
  { Figure = figure, Div = labelled },
}
