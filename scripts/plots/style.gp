# The look of all plots; it comes before the script of each. One column of a paper is 480 pixels of SVG or 3.4 inches
# of PDF wide, so that 14 pixels of font are 7 points in print (pdfcairo draws letters a quarter larger than it says).
# Other formats: gnuplot -e "format='pdf'" NAME.gp
if (!exists("format")) format = 'svg'
if (format eq 'svg') set terminal svg size 480,height font "sans-serif,14" noenhanced background "white"
if (format eq 'pdf') set terminal pdfcairo size 3.4,height*3.4/480.0 font "sans-serif,7" fontscale 0.8 linewidth 0.6 noenhanced
if (format eq 'png') set terminal pngcairo size 960,height*2 font "sans-serif,14" fontscale 1.5 linewidth 2 noenhanced background "white"
set output picture.'.'.format
set encoding utf8
set micro

# Okabe and Ito's colours, told apart by the colour-blind; hatching, points and dashes tell them apart in black and white.
array Colour[8] = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A7A00", "#444444"]
array Tint[8] = ["#CFE3F0", "#FBECCC", "#CCECE3", "#F5E4ED", "#DDF0FB", "#F7DFCC", "#FCFAD9", "#DADADA"]
array Pattern[8] = [4, 5, 2, 6, 1, 7, 4, 5]
array Point[8] = [7, 5, 9, 13, 6, 4, 8, 12]
array Dash[8] = [1, 2, 4, 5, 3, 1, 2, 4]
colour(i) = Colour[(i - 1) % 8 + 1]
tint(i) = Tint[(i - 1) % 8 + 1]
pattern(i) = Pattern[(i - 1 + (i - 1) / 8) % 8 + 1]
point(i) = Point[(i - 1 + (i - 1) / 8) % 8 + 1]
dash(i) = Dash[(i - 1 + (i - 1) / 8) % 8 + 1]

set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#222222"
set grid ytics lc rgb "#dddddd" lw 0.6
set key off
big = (format eq 'pdf') ? ",7" : ",14"
small = (format eq 'svg') ? ",11" : (format eq 'pdf') ? ",5.5" : ",11"

# Heights in pixels, from the picture's top: the legend, the panels, the caption. Screen coordinates count from below.
px(x) = x / 480.0
py(y) = 1.0 - y / real(height)
legendRows = legends > 0 ? (legends + legendColumns - 1) / legendColumns : 0
top = 6 + legendRows * 20
bottom = captions * 15 + 6

# An entry of the legend: a hatched box (kind 0) or a line with its point (kind 1).
if (legends > 0) do for [i=1:legends] {
  legendX = 8 + ((i - 1) % legendColumns) * 472.0 / legendColumns
  legendY = 16 + ((i - 1) / legendColumns) * 20
  set label 1000+i Legend[i] at screen px(legendX + 34),py(legendY) left
  if (legendKind == 0) {
    set object 1000+i rectangle from screen px(legendX),py(legendY + 6) to screen px(legendX + 26),py(legendY - 6) \
      fc rgb tint(i) fs solid 1 noborder front
    set object 2000+i rectangle from screen px(legendX),py(legendY + 6) to screen px(legendX + 26),py(legendY - 6) \
      fc rgb colour(i) fs transparent pattern pattern(i) border lc rgb "#333333" front
  } else {
    set arrow 1000+i from screen px(legendX),py(legendY) to screen px(legendX + 28),py(legendY) nohead \
      lc rgb colour(i) dt dash(i) lw 1.6 front
    set label 2000+i "" at screen px(legendX + 14),py(legendY) point pt point(i) ps 0.7 lc rgb colour(i) front
  }
}
if (captions > 0) do for [i=1:captions] {
  set label 3000+i Caption[i] at screen px(8),py(height - bottom + 15 * i - 4) left font small textcolor rgb "#444444"
}
# The legend and the caption are drawn with the first panel only.
unmark = 'do for [i=1:legends] { unset label 1000+i; unset object 1000+i; unset object 2000+i; unset arrow 1000+i; unset label 2000+i }; do for [i=1:captions] { unset label 3000+i }'

# Panel p of `panels`, counted from 1, in `columns` columns of `panelHeight` pixels: axes within its margins.
panelColumn(p) = (p - 1) % columns
panelRow(p) = (p - 1) / columns
panelWidth = (480.0 - leftMargin - 8) / columns
left(p) = leftMargin + panelColumn(p) * panelWidth + (panelColumn(p) > 0 ? panelGap : 0)
right(p) = leftMargin + (panelColumn(p) + 1) * panelWidth - 10
upper(p) = top + panelRow(p) * panelHeight + 26
lower(p) = top + (panelRow(p) + 1) * panelHeight - footMargin
place = 'set lmargin at screen px(left(p)); set rmargin at screen px(right(p)); set tmargin at screen py(upper(p)); set bmargin at screen py(lower(p))'

# Headings are set smaller where one would run into its neighbour.
longest = 0
do for [p=1:panels] { if (strlen(Title[p]) > longest) { longest = strlen(Title[p]) } }
titleFont = longest * 7.8 > panelWidth - 8 ? small : big
title = 'set title Title[p] offset 0,-0.6 font titleFont'

# The name of a panel's y axis, where it is always in the picture.
axisX(p) = panelColumn(p) == 0 ? 10 : left(p) - panelGap + 4
yName = 'unset label 5000; if (axisName ne "") { set label 5000 axisName at screen px(axisX(p)),py((upper(p) + lower(p)) / 2.0) center rotate by 90 }'
