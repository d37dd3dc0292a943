from analytics.explore.analyses import ANALYSES
from analytics.explore.api import endpoints

urlpatterns = [pattern for analysis in ANALYSES for pattern in endpoints(analysis)]
