// SPDX-License-Identifier: MIT

// The forms in which people have points: what is read, and what is refused with which line.

#include "../../examples/support/points.hpp"

#include "../../examples/support/input.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using rows = std::vector<std::vector<double>>;
using namespace std::string_literals;

rows read(const std::string& text) {
    const auto points = support::points_of(text, "FILE");
    rows result;
    for (std::size_t i = 0; i < points.numbers.size(); i += static_cast<std::size_t>(points.dim))
        result.emplace_back(points.numbers.begin() + static_cast<long>(i),
                            points.numbers.begin() + static_cast<long>(i) + points.dim);
    return result;
}

std::string refusal(const std::string& text) {
    try {
        return "read as " + std::to_string(read(text).size()) + " points";
    } catch (const support::bad_input& error) {
        return error.what();
    }
}

struct form {
    const char* what;
    std::string text;
    rows points;
};

const rows two{{0.5, 0.3}, {0.7, 0.1}};

const std::vector<form> read_forms{
    {"commas", "0.5,0.3\n0.7,0.1\n", two},
    {"commas and blanks", " 0.5, 0.3 \n 0.7 ,0.1", two},
    {"commas and tabs", "0.5,\t0.3\n0.7\t,0.1\t\n", two},
    {"semicolons", "0.5;0.3\n0.7;0.1\n", two},
    {"tabs", "0.5\t0.3\n0.7\t0.1\n", two},
    {"blanks", "0.5 0.3\n  0.7   0.1  \n", two},
    {"blanks and tabs", "0.5 \t 0.3\n0.7\t0.1\n", two},
    {"np.savetxt as it comes",
     "5.000000000000000000e-01 2.999999999999999889e-01\n"
     "6.999999999999999556e-01 1.000000000000000056e-01\n",
     two},
    {"np.savetxt with a header and a footer", "# cloud of points\n# x,y\n0.5,0.3\n0.7,0.1\n# end\n", two},
    {"comments after numbers and between lines", "0.5,0.3 # the first\n#\n\n  # more\n0.7,0.1# the last", two},
    {"a comment before the names", "# made by hand\nx,y\n0.5,0.3\n0.7,0.1\n", two},
    {"names", "x,y\n0.5,0.3\n0.7,0.1\n", two},
    {"names in quotes, with separators", "\"x, in m\",\"y \"\"up\"\"\"\n0.5,0.3\n0.7,0.1\n", two},
    {"a # in quotes is no comment", "\"#1\",\"#2\"\n0.5,0.3\n0.7,0.1\n", two},
    {"quoted cells", "\"0.5\",\"0.3\"\n\"0.7\",\"0.1\"\n", two},
    {"quoted cells, blanks", "\"x\" \"y\"\n\"0.5\" \"0.3\"\n0.7 0.1\n", two},
    {"byte order mark",
     "\xef\xbb\xbf"
     "0.5,0.3\n0.7,0.1\n",
     two},
    {"byte order mark and names", "\xef\xbb\xbfx,y\n0.5,0.3\n0.7,0.1\n", two},
    {"lines of Windows", "x,y\r\n0.5,0.3\r\n0.7,0.1\r\n", two},
    {"lines of an old Mac", "x,y\r0.5,0.3\r0.7,0.1\r", two},
    {"blank lines", "\n0.5,0.3\n\n \t \n0.7,0.1\n\n\n", two},
    {"no end of the last line", "0.5,0.3\n0.7,0.1", two},
    {"a separator ends every line", "0.5,0.3,\n0.7,0.1,\n", two},
    {"a semicolon ends every line and the names", "x;y;\n0.5;0.3;\n0.7;0.1;\n", two},
    {"a separator ends every line but the names", "x,y\n0.5,0.3,\n0.7,0.1,\n", two},
    {"a separator ends the names alone", "x,y,\n0.5,0.3\n0.7,0.1\n", two},
    {"a tab ends every line", "0.5\t0.3\t\n0.7\t0.1\t\n", two},
    {"decimal commas, semicolons", "0,5;0,3\n0,7;0,1\n", two},
    {"decimal commas, tabs", "x\ty\n0,5\t0,3\n0,7\t0,1\n", two},
    {"decimal commas in quotes", "\"0,5\",\"0,3\"\n\"0,7\",\"0,1\"\n", two},
    {"decimal commas and whole numbers", "1,5;2\n3;-1,25e1\n", {{1.5, 2}, {3, -12.5}}},
    {"forms of numbers", "+1.,.5\n-1E3,1e-2\n0001,-0\n", {{1, 0.5}, {-1000, 0.01}, {1, 0}}},
    {"numbers too small for any but 0", "1e-400,1e-310\n", {{0, 1e-310}}},
    {"pandas, index", ",x,y\n0,0.5,0.3\n1,0.7,0.1\n", two},
    {"pandas, index of rows that are left", ",x,y\n17,0.5,0.3\n4,0.7,0.1\n", two},
    {"pandas, index of words", ",x,y\nfirst,0.5,0.3\nsecond,0.7,0.1\n", two},
    {"pandas, index of times", ",x,y\n2024-01-01 00:00:00,0.5,0.3\n2024-01-02 00:00:00,0.7,0.1\n", two},
    {"pandas, index in quotes", "\"\",\"x\",\"y\"\n\"0\",0.5,0.3\n\"1\",0.7,0.1\n", two},
    {"pandas, index and numbered columns", ",0,1\n0,0.5,0.3\n1,0.7,0.1\n", two},
    {"pandas, index with a name and numbered columns", "sample,0,1\n0,0.5,0.3\n1,0.7,0.1\n", two},
    {"pandas, index, tabs", "\tx\ty\n0\t0.5\t0.3\n1\t0.7\t0.1\n", two},
    {"pandas, index, semicolons and decimal commas", ";x;y\n0;0,5;0,3\n1;0,7;0,1\n", two},
    {"pandas, an index that was saved twice", "Unnamed: 0,x,y\n0,0.5,0.3\n1,0.7,0.1\n", two},
    {"pandas, one row", ",x,y\n0,0.5,0.3\n", {{0.5, 0.3}}},
    {"R, write.csv", "\"\",\"x\",\"y\"\n\"1\",0.5,0.3\n\"2\",0.7,0.1\n", two},
    {"R, write.table", "\"x\" \"y\"\n\"1\" 0.5 0.3\n\"2\" 0.7 0.1\n", two},
    {"names over a column that counts", "x,y\n0,0.5\n1,0.7\n2,0.1\n", {{0, 0.5}, {1, 0.7}, {2, 0.1}}},
    {"one line of blanks", "0.5 0.3", {{0.5, 0.3}}},
    {"one line of commas", "0.5,0.3,0.7", {{0.5, 0.3, 0.7}}},
    {"one point 0,1", "0,1\n", {{0, 1}}},
    {"one number", "0", {{0}}},
    {"one column", "0.5\n0.7\n", {{0.5}, {0.7}}},
    {"one column that counts", "0\n1\n2\n", {{0}, {1}, {2}}},
    {"one column with a name", "x\n0.5\n0.7\n", {{0.5}, {0.7}}},
    {"a point (0, 1) with decimals", "0.0,1.0\n0.5,0.3\n", {{0, 1}, {0.5, 0.3}}},
};

struct refused {
    const char* what;
    std::string text, complaint;
};

const std::vector<refused> refused_forms{
    {"empty", "", "FILE: file: must have at least one point; got none"},
    {"a byte order mark alone", "\xef\xbb\xbf", "FILE: file: must have at least one point; got none"},
    {"comments alone", "# x,y\n\n", "FILE: file: must have at least one point; got none"},
    {"names alone", "x,y\n", "FILE: file: must have at least one point; got a line of names alone"},
    {"ragged", "1,2\n3\n", "FILE: line 2: must have as many numbers as the first point, 2; got 1"},
    {"ragged, blanks", "1 2\n\n3 4 5\n", "FILE: line 3: must have as many numbers as the first point, 2; got 3"},
    {"a word", "1,2\n3,four\n", "FILE: line 2, column 2: must be a number; got \"four\""},
    {"a word beside numbers in the first line", "x,1\n3,4\n",
     "FILE: line 1: must be all names or all numbers; got \"x\" beside \"1\""},
    {"NaN", "1,2\nnan,4\n", "FILE: line 2, column 1: must be a finite number; got \"nan\""},
    {"NaN in the first line", "NaN,2\n3,4\n", "FILE: line 1, column 1: must be a finite number; got \"NaN\""},
    {"infinite", "1,2\n3,-inf\n", "FILE: line 2, column 2: must be a finite number; got \"-inf\""},
    {"too large", "1,2\n3,1e999\n", "FILE: line 2, column 2: must be a finite number; got \"1e999\""},
    {"a missing cell", "1,2\n3,\n", "FILE: line 2, column 2: must be a number; got an empty cell"},
    {"a missing cell, tabs", "1\t\t2\n3\t4\t5\n", "FILE: line 1, column 2: must be a number; got an empty cell"},
    {"a missing cell in quotes", "1;2\n\"\";3\n", "FILE: line 2, column 1: must be a number; got an empty cell"},
    {"a column without numbers under a name", "x,y\n1,\n2,\n",
     "FILE: line 2, column 2: must be a number; got an empty cell"},
    {"NA", "x,y\n1,NA\n", "FILE: line 2, column 2: must be a number; got \"NA\""},
    {"NA in all of the first line is no name", "NA,NA\n1,2\n", "FILE: line 1, column 1: must be a number; got \"NA\""},
    {"a line of separators", "1,2\n,\n", "FILE: line 2, column 1: must be a number; got an empty cell"},
    {"two signs", "+-1,2\n", "FILE: line 1, column 1: must be a number; got \"+-1\""},
    {"a slip in the first line", "0.5.0\n0.7\n", "FILE: line 1, column 1: must be a number; got \"0.5.0\""},
    {"a unit in the first line", "5m,7m\n5,7\n", "FILE: line 1, column 1: must be a number; got \"5m\""},
    {"two kinds of separators", "1,2\n3 4\n", "FILE: line 2: must have as many numbers as the first point, 2; got 1"},
    {"commas and blanks in one cell", "1,2 3\n", "FILE: line 1, column 2: must be a number; got \"2 3\""},
    {"two lines of names", "x,y\nm,m\n1,2\n", "FILE: line 2, column 1: must be a number; got \"m\""},
    {"too few names", "x\n1,2,3\n", "FILE: line 1: must have a name for each column, 3; got 1"},
    {"a column without a name", "x,,z\n1,2,3\n", "FILE: line 1, column 2: must have a name; got none"},
    {"a last column without a name", "x,y,\n1,2,3\n", "FILE: line 1, column 3: must have a name; got none"},
    {"an open quote", "1,2\n\"3,4\n", "FILE: line 2: must close its quotes; got an open one"},
    {"a byte of value 0", "1,2\n3,\0004\n"s, "FILE: line 2: must be text; got a byte of value 0"},
    {"UTF-16",
     "\xff\xfe"
     "1\0,\0"s +
         "2\0"s,
     "FILE: file: must be UTF-8; got UTF-16"},
    {"points and decimal commas", "1.5;2,5\n",
     "FILE: line 1, column 2: must have a decimal point, as other numbers of the file have; got \"2,5\""},
    {"commas of thousands, or decimal ones", "1,500;2,250\n",
     "FILE: line 1, column 1: must be written with a decimal point; got \"1,500\", a decimal comma or one of "
     "thousands"},
    {"a line in quotes, or a decimal comma", "\"1,5\"\n\"2,5\"\n",
     "FILE: line 1, column 1: must be written with a decimal point; got \"1,5\", one number with a decimal comma or "
     "two "
     "numbers"},
    {"commas of thousands and points", "1,234.5;2\n", "FILE: line 1, column 1: must be a number; got \"1,234.5\""},
    {"pandas, numbered columns without an index", "0,1\n0.5,0.3\n0.7,0.1\n",
     "FILE: line 1: must be a point or the numbers of the columns, and say which: write the point as 0.0,... or remove "
     "the line; got \"0,1\", which can be either"},
    {"NumPy's numbered columns, semicolons at the ends", "0;1;\n0.5;0.3;\n",
     "FILE: line 1: must be a point or the numbers of the columns, and say which: write the point as 0.0,... or remove "
     "the line; got \"0;1;\", which can be either"},
    {"one numbered column", "0\n0.5\n0.7\n",
     "FILE: line 1: must be a point or the numbers of the columns, and say which: write the point as 0.0,... or remove "
     "the line; got \"0\", which can be either"},
    {"a first column that counts from 0", "0,0.5,0.3\n1,0.7,0.1\n",
     "FILE: line 1: must say whether the first column is an index or a coordinate: name all columns, or remove the "
     "index; got a column 0,1,... without a name"},
    {"a first column that counts from 1", "1 0.5 0.3\n2 0.7 0.1\n",
     "FILE: line 1: must say whether the first column is an index or a coordinate: name all columns, or remove the "
     "index; got a column 1,2,... without a name"},
    {"a first column that counts, with the name of an index", "index,x,y\n0,0.5,0.3\n1,0.7,0.1\n",
     "FILE: line 2: must say whether the first column is an index or a coordinate: name all columns, or remove the "
     "index; got a column 0,1,... of name \"index\""},
    {"fractions without a name", ",x,y\n0.25,0.5,0.3\n0.5,0.7,0.1\n",
     "FILE: line 1: must say whether the first column is an index or a coordinate: name all columns, or remove the "
     "index; got no name over \"0.25\""},
    {"the same integer twice without a name", ",x,y\n0,0.5,0.3\n0,0.7,0.1\n",
     "FILE: line 1: must say whether the first column is an index or a coordinate: name all columns, or remove the "
     "index; got no name over \"0\""},
    {"an index alone", "\"\"\n0\n1\n", "FILE: line 1, column 1: must be a number; got an empty cell"},
    {"not text of numbers", "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "FILE: line 2, column 1: must be a number; got \"%????\""},
};

} // namespace

TEST_CASE("Points are read in the forms that spreadsheets and pandas and NumPy and R write") {
    for (const form& f : read_forms) {
        INFO(f.what);
        CHECK_NOTHROW(read(f.text));
        CHECK_MESSAGE(refusal(f.text) == "read as " + std::to_string(f.points.size()) + " points", f.what);
        if (refusal(f.text).starts_with("read")) CHECK(read(f.text) == f.points);
    }
}

TEST_CASE("Points that cannot be read or can be read two ways are refused in one line") {
    for (const refused& f : refused_forms) {
        INFO(f.what);
        CHECK(refusal(f.text) == f.complaint);
    }
}

TEST_CASE("A line of a million numbers is one point and a million lines are as many points") {
    std::string blanks, lines;
    for (int i = 0; i < 1000000; ++i) blanks += "0.5 ", lines += "0.5\n";
    CHECK(support::points_of(blanks, "FILE").dim == 1000000);
    CHECK(support::points_of(lines, "FILE").numbers.size() == 1000000);
}
