module perimeter/images/pause

go 1.26
