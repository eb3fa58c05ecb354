//! What a stage inherits from in this repository.

use dockwright_environment::Environment;
use dockwright_environment::build::StageId;
use dockwright_environment::definition::DockerfileId;

use crate::images::COMPARED;
use crate::stage::StageView;

/// The stages of this repository that a stage starts from, the nearest first; none where its
/// definitions start it from different ones.
pub(crate) fn bases<'a>(environment: &'a Environment, stage: StageView<'a>) -> Vec<StageView<'a>> {
    let own: Vec<StageId> = environment.chain_stages(stage.id).skip(1).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let syntax = |id: StageId| Some((environment.dockerfile_of(id)?.id, id.stage));
    let expected: Vec<Option<(DockerfileId, usize)>> = own.iter().map(|id| syntax(*id)).collect();
    let definitions = environment.definitions_of(stage.dockerfile.id);
    let mut others = definitions.take(COMPARED).map(|definition| StageId {
        definition: definition.id,
        stage: stage.id.stage,
    });
    let is_settled = others.all(|other| {
        let chain = environment.chain_stages(other).skip(1);
        chain.map(syntax).eq(expected.iter().copied())
    });
    if !is_settled {
        return Vec::new();
    }
    let views = own.into_iter().filter_map(|id| {
        let dockerfile = environment.dockerfile_of(id)?;
        StageView::all(environment, dockerfile).find(|view| view.id.stage == id.stage)
    });
    views.collect()
}
