module perimeter/images/sample-app

go 1.26
